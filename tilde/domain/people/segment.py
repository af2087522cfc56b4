"""People in segments: each person is in one, by the first or the last value that was said of a property of his."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from tilde.domain.people.question import EVER, Span

SEGMENTS_MAX = 100
"""Of an answer, those with the most people; who is in a further one is counted with all others."""


class Which(StrEnum):
    """The value that counts, of those of one person. The values are durable."""

    FIRST = "first_value"
    LAST = "last_value"


@dataclass(frozen=True, slots=True)
class Segment:
    """People told apart by the value of a property within a span."""

    property: str
    which: Which = Which.LAST
    span: Span = EVER


class Of(StrEnum):
    """What a segment is of. The values are durable, and those of `sql/people.*.sql`."""

    VALUE = "value"
    NOBODY = "none"  # nothing was said of the property
    OTHERS = "others"  # all values beyond the first SEGMENTS_MAX
    EVERYBODY = "everybody"


class Value(NamedTuple):
    """A segment: a number, or the keyed hash of a text; neither where it is not of a value."""

    of: Of
    number: float | None = None
    text: int | None = None


def value_of(said: Sequence[Any]) -> Value:
    """A value as a segment has it, of what a statement has told, or of JSON."""
    of, number, text = said
    return Value(Of(of), number, text)


def segment_said(segment: Segment | None) -> dict[str, Any] | None:
    """A segment as plain JSON values, which `segment_of` reads."""
    return None if segment is None else asdict(segment)


def segment_of(said: Any) -> Segment | None:
    """The segment that `segment_said` made; None of None."""
    return None if said is None else Segment(said["property"], Which(said["which"]), Span(**said["span"]))
