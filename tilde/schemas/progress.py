"""How far the output topics are, as topic `progress` says it."""

from collections.abc import Mapping
from typing import NamedTuple

from tilde.schemas.codec import decode, encoder
from tilde.schemas.topics import PROGRESS

_encode = encoder(PROGRESS.subject)


class Milestone(NamedTuple):
    """All that the partition of the raw topic holds below `next_offset` stands in the output topics below `ends`.

    It speaks for itself: whoever has read the outputs up to there needs no earlier one. `ends` may be higher than need
    be, never lower.
    """

    topic: str
    partition: int
    next_offset: int
    ends: Mapping[str, int]


def milestone_message(milestone: Milestone) -> bytes:
    """The encoded message."""
    return _encode(milestone._asdict())


def milestone_of(message: bytes) -> Milestone:
    """What a message says. Raises PoisonError."""
    return Milestone(**decode(message, PROGRESS.subject))
