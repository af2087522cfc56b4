"""Answers what a metric counted in a span: as a whole, and by segment. The segment of a person is the first, or the
last, value that was ever said of a property of his, such as `plan`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from api.kissmetrics.kinds.kind import SEGMENT, Heading, Results, Subject
from api.kissmetrics.kinds.metric_asked import (
    KEYS,
    PARTS,
    PARTS_OF_STATS,
    AskedMetric,
    asked_metric,
    meant,
    of_people,
    of_stat,
    read_metric,
)
from api.kissmetrics.kinds.steps import segment_in
from api.kissmetrics.questions.fields import fields_of, require_keys
from api.kissmetrics.questions.filters import Reader
from api.reads.people.metrics import PeopleMetrics
from api.reads.people.opened import Cell
from api.reads.people.segments import SegmentNames
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat import Stat
from api.reads.stats.stat_metrics import StatMetrics, StatSegment
from tilde.domain.people.metric import Metric
from tilde.domain.people.question import QuestionError, Span
from tilde.domain.people.segment import Of, Segment, Value, segment_of, segment_said, value_of

_ROWS = {Of.VALUE: "segment", Of.NOBODY: "none", Of.OTHERS: "others", Of.EVERYBODY: "whole"}
_EVERYBODY = Value(Of.EVERYBODY)


class AskedBySegment(NamedTuple):
    """A metric, by what it is told apart, and whether the question says which of the values of a property counts."""

    about: AskedMetric
    segment: Segment | None
    is_which_said: bool

    def json(self) -> str:
        """As `asked_by_segment` reads it."""
        by = {"segment": segment_said(self.segment), "is_which_said": self.is_which_said}
        return orjson.dumps({**self.about.said(), **by}).decode()


def asked_by_segment(text: str) -> AskedBySegment:
    """What `AskedBySegment.json` wrote."""
    said = orjson.loads(text)
    return AskedBySegment(asked_metric(said), segment_of(said["segment"]), said["is_which_said"])


class SegmentRow(NamedTuple):
    """A segment; what the meta of a stat's samples says in its place; the number, and what it is made of."""

    segment: Value
    said: Cell
    cells: Sequence[Cell]


class BySegment(NamedTuple):
    """An answer: how the parts of its numbers are called, and a row for everybody, then one for each segment."""

    parts: Sequence[str]
    rows: Sequence[SegmentRow]

    def json(self) -> bytes:
        """As `by_segment_of` reads it."""
        rows = [[tuple(row.segment), row.said, *row.cells] for row in self.rows]
        return orjson.dumps({"parts": self.parts, "rows": rows})


def by_segment_of(answer: bytes) -> BySegment:
    """What `BySegment.json` wrote."""
    kept = orjson.loads(answer)
    return BySegment(kept["parts"], [SegmentRow(value_of(of), said, cells) for of, said, *cells in kept["rows"]])


class WholeMetricKind:
    """Its answer is its rows: the whole first, and then the segments; of a text the keyed hash, which is opened when a
    page is told.
    """

    name = "metric"
    runs_one_by_one = False

    def __init__(self, lookup: MetricLookup, people: PeopleMetrics, stats: StatMetrics, names: SegmentNames) -> None:
        self._lookup = lookup
        self._people = people
        self._stats = stats
        self._names = names

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`{"metric_id": .., "segment": {"property": "plan", "value": "last"}, "date_range": ..}`."""
        fields = fields_of(said)
        require_keys(fields, "segment", *KEYS)
        asked, by = read_metric(fields, reader, span), segment_in(fields, reader)
        segment = {} if by is None else fields_of(fields["segment"])
        is_said = any(segment.get(name) is not None for name in ("value", "date_range"))
        return AskedBySegment(asked, by, is_said).json()

    async def answer(self, product: int, asked: str) -> bytes:
        """All numbers of the answer; a page later only looks up the texts of its segments."""
        about, segment, is_which_said = asked_by_segment(asked)
        metric = await meant(self._lookup, product, about)
        if not isinstance(metric, Stat):
            return (await self._of_people(product, metric, about.span, segment)).json()
        if is_which_said:
            raise QuestionError("numbers of a stat are told apart by their own meta: none is the first or the last")
        return (await self._of_stat(metric, about.span, segment)).json()

    async def _of_people(self, product: int, metric: Metric, span: Span, segment: Segment | None) -> BySegment:
        kind = metric.kind
        if segment is None:
            whole = (await self._people.over_time(product, metric, [span.since], span.until)).whole
            rows = []
        else:
            segments, whole = await self._people.by_segment(product, metric, span, segment)
            rows = [SegmentRow(value, None, of_people(kind, amount)) for value, amount in segments]
        return BySegment(PARTS.get(kind, ()), [SegmentRow(_EVERYBODY, None, of_people(kind, whole)), *rows])

    async def _of_stat(self, stat: Stat, span: Span, segment: Segment | None) -> BySegment:
        if segment is None:
            _, whole = await self._stats.over_time(stat, [span.since], span.until)
            rows = []
        else:
            segments, left_out, whole = await self._stats.by_segment(stat, span, segment.property)
            rows = [_row_of_stat(one) for one in segments]
            if left_out:
                points = whole.points - sum(one.number.points for one in segments)
                rows.append(SegmentRow(Value(Of.OTHERS), None, [None, points]))
        return BySegment(PARTS_OF_STATS, [SegmentRow(_EVERYBODY, None, of_stat(whole)), *rows])

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """Each with what its segment is of: a text that nobody has who was not erased, or whose keys are not here, is
        null.
        """
        found, by = by_segment_of(answer), asked_by_segment(asked).segment
        page = found.rows[offset : offset + limit]
        named = await self._names.cells(product, "" if by is None else by.property, [row.segment for row in page])
        rows = [
            [_ROWS[row.segment.of], name if row.said is None else row.said, *row.cells]
            for row, name in zip(page, named, strict=True)
        ]
        of_property = Heading("Segment" if by is None else by.property, Subject.PROPERTY, SEGMENT)
        headings = [Heading("Row"), of_property, *map(Heading, ("Value", *found.parts))]
        return Results(len(found.rows), headings, rows)


def _row_of_stat(one: StatSegment) -> SegmentRow:
    of = Of.NOBODY if one.value is None else Of.VALUE
    return SegmentRow(Value(of), _as_cell(one.value), of_stat(one.number))


def _as_cell(said: Any) -> str | float | int:
    """What a meta says may be any JSON."""
    return said if isinstance(said, str | int | float) and not isinstance(said, bool) else orjson.dumps(said).decode()
