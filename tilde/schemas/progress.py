"""Encodes and decodes the messages of topic `progress`, which say how far the output topics are."""

from collections.abc import Mapping
from typing import NamedTuple

from tilde.schemas.codec import decode, encoder
from tilde.schemas.topics import PROGRESS

_encode = encoder(PROGRESS.subject)


class Milestone(NamedTuple):
    """How far the outputs of one partition of a raw topic are. All that its batches below `next_offset` give stands in
    the output topics below `ends`.

    `Milestone("stats", 3, 40, {"points": 700})`: all that comes of the batches below 40 stands in the same partition of
    `points` below 700. Each milestone speaks for itself, so one that was missed does no harm. `ends` may be higher than
    need be, never lower.
    """

    topic: str
    partition: int
    next_offset: int
    ends: Mapping[str, int]


def milestone_message(milestone: Milestone) -> bytes:
    """The message that says a milestone, encoded."""
    return _encode(milestone._asdict())


def milestone_of(message: bytes) -> Milestone:
    """The milestone that a message says. Raises PoisonError."""
    return Milestone(**decode(message, PROGRESS.subject))
