"""The search for poison in what a table refused: message after message is decoded, the bad ones become dead letters."""

from collections import defaultdict
from dataclasses import dataclass, field

from sinks.intake import MARKER, Portion
from tilde.errors import TooMuchPoisonError
from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError, decode, encoder
from tilde.schemas.topics import Topic

POISON_RUN_MAX = 20  # that many bad messages in a row are no accident but a bad release: stop, lose nothing
WHOLE_MESSAGE = -1
PROCESSOR = "sink"

_encode_letter = encoder("dead_letter")


@dataclass(slots=True)
class Sifted:
    """The messages that are rows, and dead letters of those that are neither rows nor markers."""

    rows: list[bytes] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)


class Sieve:
    """Sifts one topic's messages, and knows how much poison came in a row."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._runs: defaultdict[int, int] = defaultdict(int)

    def sift(self, portions: list[Portion]) -> Sifted:
        """Decodes everything. Raises TooMuchPoisonError."""
        sifted = Sifted()
        for portion in portions:
            for record in portion.records:
                self._sift(portion.partition, record, sifted)
        return sifted

    def _sift(self, partition: int, record: Record, into: Sifted) -> None:
        is_marker = record.value.startswith(MARKER)
        try:
            decode(record.value, "marker" if is_marker else self._topic.subject)
        except PoisonError as poison:
            self._count(partition, record, poison)
            into.letters.append(_letter(self._topic, partition, record, str(poison)))
            return
        self._runs[partition] = 0
        if not is_marker:
            into.rows.append(record.value)

    def _count(self, partition: int, record: Record, poison: PoisonError) -> None:
        self._runs[partition] += 1
        if self._runs[partition] > POISON_RUN_MAX:
            raise TooMuchPoisonError(
                f"{self._topic.name}/{partition}: {self._runs[partition]} messages in a row cannot be rows, the last at"
                f" offset {record.offset}: {poison}"
            ) from poison

    def saw_none(self) -> None:
        """What was taken in since was accepted whole."""
        self._runs.clear()


def _letter(topic: Topic, partition: int, record: Record, reason: str) -> bytes:
    return _encode_letter(
        {
            "topic": topic.name,
            "raw_partition": partition,
            "raw_offset": record.offset,
            "nth": WHOLE_MESSAGE,
            "version": record.offset,
            "is_deleted": 0,
            "processor": PROCESSOR,
            "reason": reason,
            "body": record.value,
        }
    )
