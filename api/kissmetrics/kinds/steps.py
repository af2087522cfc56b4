"""What funnels, cohorts and A/B tests have in common: steps, and segments of people.

{"type": "event", "event": "purchased", "label": "Bought"}
{"type": "or", "operands": [{"type": "event", "event": "purchased"}, {"type": "property", "property": "plan"}]}
{"segment": {"property": "plan", "value": "first"}}     or "last"; with a date_range of what was said within it alone
"""

from collections.abc import Mapping, Sequence
from typing import Any

from api.kissmetrics.kinds.kind import Heading, Subject
from api.kissmetrics.questions.fields import FilterError, fields_of, text_in, word_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.opened import Cell
from api.reads.people.segments import SegmentNames
from tilde.domain.people.question import EVER, Did, Part, Span, leaves
from tilde.domain.people.segment import Segment, Value, Which

_LABEL_MAX = 255
_WHICH = {"first": Which.FIRST, "first_ever": Which.FIRST, "last": Which.LAST, "last_ever": Which.LAST}
_WHICH |= {which.value: which for which in Which}


def step_in(said: Any, reader: Reader, span: Span) -> Part:
    """A step; `span` is that of conditions without dates. Raises FilterError."""
    if said is None:
        raise FilterError("a step is missing: an event, a property, or one of several of these")
    return reader.part(said, span)


def label_in(said: Any, step: Part) -> str:
    """How a step is called: as it says, or by what it is about. Raises FilterError."""
    names = (leaf.event if isinstance(leaf, Did) else leaf.property for leaf in leaves(step))
    return text_in(fields_of(said), "label", " or ".join(dict.fromkeys(names)))[:_LABEL_MAX]


def segment_in(fields: Mapping[str, Any], reader: Reader) -> Segment | None:
    """The `segment` of a question; None where it has none. Raises FilterError."""
    said = fields.get("segment")
    if said is None:
        return None
    segment = fields_of(said, "property", "value", "date_range")
    which = segment.get("value")
    which = Which.LAST if which is None else word_in(which, _WHICH, "value")
    return Segment(reader.property(segment), which, reader.span(segment.get("date_range"), EVER))


def segment_headings(segment: Segment | None) -> list[Heading]:
    """The headings of the two columns that say a row's segment; none where the answer has no segments."""
    return [] if segment is None else [Heading("segment_is"), Heading("segment", Subject.PROPERTY, segment.which)]


async def segment_cells(
    names: SegmentNames, product: int, segment: Segment | None, values: Sequence[Value]
) -> list[list[Cell]]:
    """Of each row what its segment is of, and its value. Raises StoreError, QueryLimitError, KeysAwayError."""
    if segment is None:
        return [[] for _ in values]
    cells = await names.cells(product, segment.property, values)
    return [[value.of.value, cell] for value, cell in zip(values, cells, strict=True)]
