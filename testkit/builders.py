"""Commands, facts, entries and batches for tests, with what a test does not care about filled in."""

from typing import Any

from testkit.sealed import NOON_MS, a_post, a_sealed_batch
from tilde.domain.catalog.accounts import AccountCreated
from tilde.domain.catalog.entries import Action, Command, Entry, Fact, fold
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.state import Catalog, CommandId
from tilde.schemas.codec import encoder
from tilde.schemas.records import command_record, entry_record
from tilde.schemas.topics import CATALOG, COMMANDS

__all__ = [
    "NOON_MS",
    "a_catalog",
    "a_command",
    "a_command_id",
    "a_key",
    "a_post",
    "a_sealed_batch",
    "an_account_created",
    "an_entry",
    "an_entry_message",
    "some_sealed_commands",
]

UUID = "11111111-2222-4333-8444-555555555555"
_encode_commands = encoder(COMMANDS.subject)
_encode_entry = encoder(CATALOG.subject)


def a_key(text: str = "key of shop", kind: KeyKind = KeyKind.EZKEY) -> StoredKey:
    """A stored key; keys of different texts or kinds have different hashes."""
    return StoredKey(kind, f"hash of {kind} {text}".encode(), f"sealed {text}".encode())


def a_command(action: Action, *, at_ms: int = NOON_MS, deadline_ms: int = NOON_MS + 10_000) -> Command:
    """A command asked for at noon, with ten seconds of time."""
    return Command(at_ms, deadline_ms, action)


def a_command_id(offset: int = 1, index: int = 0, edge: str = "e", epoch: int = 1) -> CommandId:
    """A place in the log of edge `e`."""
    return CommandId(edge, epoch, offset, index)


def an_account_created(number: int = 1, name: str = "shop", **changes: Any) -> AccountCreated:
    """Account and product of the same number, with one ezkey."""
    fields = {
        "account": number,
        "name": name,
        "keys": (a_key(f"key of {name}"),),
        "product": number,
        "product_uuid": UUID,
        "domain": f"{name}.example",
    }
    return AccountCreated(**(fields | changes))  # type: ignore[arg-type]


def an_entry(sequence: int, *facts: Fact, **changes: Any) -> Entry:
    """The entry that answers the command of the same number, decided at noon."""
    fields = {
        "sequence": sequence,
        "command": a_command_id(sequence),
        "commands_offset": sequence - 1,
        "at_ms": NOON_MS,
        "facts": facts,
        "refusal": None,
        "reply": {},
    }
    return Entry(**(fields | changes))  # type: ignore[arg-type]


def an_entry_message(entry: Entry) -> bytes:
    """An entry as it stands in topic `catalog`."""
    return _encode_entry(entry_record(entry))


def a_catalog(*facts: Fact, at_ms: int = NOON_MS) -> Catalog:
    """A catalog in which these were decided, one entry each."""
    catalog = Catalog()
    for sequence, fact in enumerate(facts, 1):
        assert fold(catalog, an_entry(sequence, fact, at_ms=at_ms))
    return catalog


def some_sealed_commands(
    *commands: Command, offset: int = 1, before: int = -1, edge: str = "e", epoch: int = 1
) -> bytes:
    """The message of one sealed batch of commands."""
    header = {"edge": edge, "epoch": epoch, "offset": offset, "before": before, "catalog": 0}
    return _encode_commands({**header, "events": list(map(command_record, commands))})
