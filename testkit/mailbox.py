"""The letters of a data folder, where no mail server is set, and whether anybody looks for new ones yet."""

from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tilde.data_folder import letters_folder, watchers_path
from tilde.schemas.topics import SAMPLE_WRITES
from watchers.ledger import Ledger
from watchers.mail.new_stats import NewStats


def letters(data: Path) -> list[EmailMessage]:
    """All that are there."""
    paths = sorted(letters_folder(data).glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def has_begun(data: Path) -> bool:
    """Whether all that stood in the topics by now is known to be old."""
    if not watchers_path(data).exists():
        return False
    with closing(Ledger(watchers_path(data))) as ledger:
        return ledger.position(NewStats.name, f"{SAMPLE_WRITES.name}-{SAMPLE_WRITES.partitions - 1}") is not None
