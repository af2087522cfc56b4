"""Metrics of a span as a whole, and by segment: by what was ever said first, or last, of a property of each person."""

from typing import Any

import orjson

from api.kissmetrics.kinds.kind import Heading, Results, as_objects
from api.kissmetrics.kinds.metric_asked import (
    KEYS,
    PARTS,
    PARTS_OF_STATS,
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
from api.reads.people.segments import SegmentNames
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat import Stat
from api.reads.stats.stat_metrics import StatMetrics
from tilde.domain.people.metric import Metric
from tilde.domain.people.question import QuestionError, Span
from tilde.domain.people.segment import Of, Segment, Value, segment_of, segment_said

_ROWS = {Of.VALUE: "segment", Of.NOBODY: "none", Of.OTHERS: "others", Of.EVERYBODY: "whole"}


class WholeMetricKind:
    """Its answer is its rows: the whole first, and then the segments; of a text the keyed hash, which is opened when a
    page is told.
    """

    name = "metric"

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
        return orjson.dumps({**asked.said(), "segment": segment_said(by), "is_which_said": is_said}).decode()

    async def answer(self, product: int, asked: str) -> bytes:
        """Nothing else is asked of the tables when a page is told but the texts that stand in it."""
        said = orjson.loads(asked)
        about, segment = asked_metric(said), segment_of(said["segment"])
        metric = await meant(self._lookup, product, about)
        if isinstance(metric, Stat):
            if said["is_which_said"]:
                raise QuestionError("numbers of a stat are told apart by their own meta: none is the first or the last")
            return await self._of_stat(metric, about.span, segment)
        return await self._of_people(product, metric, about.span, segment)

    async def _of_people(self, product: int, metric: Metric, span: Span, segment: Segment | None) -> bytes:
        kind = metric.kind
        if segment is None:
            whole = (await self._people.over_time(product, metric, [span.since], span.until)).whole
            rows = []
        else:
            segments, whole = await self._people.by_segment(product, metric, span, segment)
            rows = [[tuple(value), None, *of_people(kind, amount)] for value, amount in segments]
        everybody = [tuple(Value(Of.EVERYBODY)), None, *of_people(kind, whole)]
        return orjson.dumps({"parts": PARTS.get(kind, ()), "rows": [everybody, *rows]})

    async def _of_stat(self, stat: Stat, span: Span, segment: Segment | None) -> bytes:
        if segment is None:
            _, whole = await self._stats.over_time(stat, [span.since], span.until)
            rows = []
        else:
            segments, left_out, whole = await self._stats.by_segment(stat, span, segment.property)
            rows = [
                [tuple(Value(Of.NOBODY if one.value is None else Of.VALUE)), _as_cell(one.value), *of_stat(one.number)]
                for one in segments
            ]
            if left_out:
                rows.append(
                    [tuple(Value(Of.OTHERS)), None, None, whole.points - sum(one.number.points for one in segments)]
                )
        return orjson.dumps(
            {"parts": PARTS_OF_STATS, "rows": [[tuple(Value(Of.EVERYBODY)), None, *of_stat(whole)], *rows]}
        )

    async def told(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """Each with what its segment is of: a text that nobody has who was not erased, or whose keys are not here, is
        null.
        """
        kept, segment = orjson.loads(answer), segment_of(orjson.loads(asked)["segment"])
        page = kept["rows"][offset : offset + limit]
        values = [Value(Of(of), number_, text) for (of, number_, text), *_ in page]
        named = await self._names.cells(product, "" if segment is None else segment.property, values)
        rows = [
            [_ROWS[value.of], name if said is None else said, *cells]
            for value, name, (_, said, *cells) in zip(values, named, page, strict=True)
        ]
        of_property = Heading("Segment" if segment is None else segment.property, "property", "segment")
        headings = [Heading("Row"), of_property, *map(Heading, ("Value", *kept["parts"]))]
        return Results(len(kept["rows"]), headings, rows)

    def data(self, found: Results) -> dict[str, Any]:
        """An object a row, by the labels of the columns; what the segment is of is called `Segment`."""
        row, segment, *rest = found.headings
        headings = [row, segment._replace(label="Segment"), *rest]
        return {"data": as_objects(found._replace(headings=headings))}


def _as_cell(said: Any) -> str | float | int:
    """What a meta says may be any JSON."""
    return said if isinstance(said, str | int | float) and not isinstance(said, bool) else orjson.dumps(said).decode()
