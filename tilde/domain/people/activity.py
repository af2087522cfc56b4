"""What people of products did: an event, properties that were set, two identities that are one person's."""

from enum import StrEnum
from typing import NamedTuple


class Act(StrEnum):
    """What was done. The values are durable."""

    EVENT = "event"
    SET = "set"
    ALIAS = "alias"


class Property(NamedTuple):
    """One, as it may stand anywhere: its value is a number in plain, or `text`, a keyed hash of what is sealed."""

    name: str
    number: float | None
    text: int | None


class SealedIdentity(NamedTuple):
    """One of a person, `who`, sealed with a key of its own."""

    identity: int
    key: int
    who: bytes
