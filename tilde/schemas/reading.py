"""Reads messages of whole topics. Topics with very many events (`stats`, `hits`, `activity`) are cut into the pieces
that rows are made of (`cutting`), all others are decoded.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from tilde.schemas import cut_activity, cut_stats
from tilde.schemas.codec import decode
from tilde.schemas.cut_hits import cut_hits
from tilde.schemas.topics import ACTIVITY, HITS, STATS

Reader = Callable[[bytes], dict[str, Any]]
"""Reads a message, or raises PoisonError: as `codec.decode` does, but events that are cut are each a `CutStat`, a
`CutHit`, or a `CutActivity`.
"""


class _Readers(dict[str, Reader]):
    """What is not cut is decoded."""

    def __missing__(self, subject: str) -> Reader:
        self[subject] = partial(decode, subject=subject)
        return self[subject]


READERS = _Readers(
    {
        STATS.subject: cut_stats.cut_stats,
        HITS.subject: cut_hits,
        ACTIVITY.subject: cut_activity.cut_activity,
    }
)
"""By the subject of a topic."""


def decoded(event: Any) -> Any:
    """An event of a topic as `codec.decode` has it; hits, of which all that identifies is sealed, stay cut."""
    match event:
        case cut_stats.CutStat():
            return cut_stats.decoded(event)
        case cut_activity.CutActivity():
            return cut_activity.decoded(event)
    return event
