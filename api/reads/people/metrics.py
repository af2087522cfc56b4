"""Reads metrics of what people do: over time, and by segment. Each is one statement, put together of

    rows of who did what when        people.rows.did, people.rows.had, people.rows.numbers
    whose they are                   people.persons
    what of it counts once           people.followed, people.converted, people.values
    in which bucket each is          people.over_time, people.in_segments
    the metric of each bucket        people.metric.counted, people.metric.followed, people.metric.converted,
                                     people.metric.summed

What is added up over the whole range is not the sum of the steps: who came on two days is one person.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from api.reads.people.leaf_sql import UNION, PeopleSql, composed, condition_of
from api.reads.people.rows import rows_of
from api.reads.people.search import PeopleSearch
from api.reads.people.segments import said_by, unpacked_value
from api.reads.tables import Tables
from tilde.domain.people.metric import OF_TWO, OF_VALUES, Amount, Metric, MetricKind, is_ratio, require_whole
from tilde.domain.people.question import Did, Had, Span
from tilde.domain.people.segment import SEGMENTS_MAX, Segment, Value
from tilde.store import Purpose, Row

_PERSONS, _ALL_PERSONS = "uniqExactState(person) AS persons", "uniqExactMerge(persons)"
_TIMES = "uniqExact(bitOr(bitShiftLeft(toUInt128(person), 32), second)) AS times"
_COUNTED = {
    MetricKind.PEOPLE: (_PERSONS, _ALL_PERSONS, "0"),
    MetricKind.TIMES: (_TIMES, "sum(times)", "0"),
    MetricKind.TIMES_PER_PERSON: (f"{_TIMES}, {_PERSONS}", "sum(times)", _ALL_PERSONS),
}
"""What is counted in a bucket, and the amount of one or of all: a person's second is in one bucket, he himself in any.
Person and second are one number: the engine counts tuples at half the speed.
"""
_FOLLOWED = {
    MetricKind.REPEATED_CONVERSION: ("countIf({followed})", "count()"),
    MetricKind.TIME_BETWEEN: ("sumIf(waited, {followed})", "countIf({followed})"),
}
_WITHIN, _AT_ALL = "followed_within", "followed"
"""What followed in the same bucket, and what followed in any: of all buckets together."""


class _Buckets(NamedTuple):
    """Rows in buckets; whether what followed is in the bucket of what it followed, and what was done is the first thing
    there that its person did, as conditions on a row.
    """

    rows: str
    is_within: str
    is_new: str


class OverTime(NamedTuple):
    """A metric of each step, and of all of them as one."""

    steps: list[Amount]
    whole: Amount


class BySegment(NamedTuple):
    """A metric of each segment, the largest first, and of all of them together."""

    segments: list[tuple[Value, Amount]]
    whole: Amount


class PeopleMetrics:
    """Answers for products of whichever account; whose they are was asked before. Raises QuestionError, StoreError,
    QueryLimitError, LogError.
    """

    def __init__(self, tables: Tables, search: PeopleSearch) -> None:
        self._tables = tables
        self._search = search

    async def over_time(self, product: int, metric: Metric, starts: Sequence[int], until: int) -> OverTime:
        """Steps begin at `starts`, unix seconds that rise; each ends where the next one begins, the last at `until`."""
        asked = over_time_sql(await self._meant(product, metric), starts, until)
        found, whole = {}, Amount()
        for bucket, is_whole, *amount in await self._rows(product, asked):
            if is_whole:
                whole = Amount(*amount)
            else:
                found[bucket] = Amount(*amount)
        return OverTime([found.get(start, Amount()) for start in starts], whole)

    async def by_segment(self, product: int, metric: Metric, span: Span, segment: Segment) -> BySegment:
        """Each person is in one segment, with all that he did within the span."""
        asked = by_segment_sql(await self._meant(product, metric), span, segment)
        rows = await self._rows(product, asked)
        segments = [(unpacked_value(of, packed), Amount(amount, per)) for of, packed, amount, per in rows]
        amounts = [amount for _, amount in segments]
        whole = Amount(sum(amount.amount for amount in amounts), sum(amount.per for amount in amounts))
        return BySegment(segments, whole)

    async def _meant(self, product: int, metric: Metric) -> Metric:
        require_whole(metric)
        if metric.where is None:
            return metric
        where = await self._search.meant(product, metric.where)
        assert isinstance(where, Had)
        return replace(metric, where=where)

    async def _rows(self, product: int, asked: PeopleSql) -> Sequence[Row]:
        return await self._tables.composed_rows(asked.sql, {"product": product, **asked.parameters}, Purpose.JOB)


def over_time_sql(metric: Metric, starts: Sequence[int], until: int) -> PeopleSql:
    """Rows of a step's start, whether the row is all steps' instead, and the two numbers of an amount."""
    persons, parameters = _persons(metric, Span(starts[0], until))
    buckets = _Buckets(
        composed("people.over_time", persons=persons),
        is_within="roundDown(followed_at, {starts:Array(UInt64)}) = bucket",
        is_new="before < toInt64(bucket)",
    )
    return PeopleSql(_of_buckets(metric.kind, buckets), {**parameters, "starts": list(starts)})


def by_segment_sql(metric: Metric, span: Span, segment: Segment) -> PeopleSql:
    """Rows of what a segment is of, its number, its text, and the two numbers of an amount."""
    persons, parameters = _persons(metric, span)
    said = said_by(segment)
    rows = composed("people.in_segments", persons=persons, said=said.sql)
    buckets = _of_buckets(metric.kind, _Buckets(rows, is_within="1", is_new="before < 0"))
    sql = composed("people.metric.segments", metric=buckets, size="per" if is_ratio(metric.kind) else "amount")
    return PeopleSql(sql, {**parameters, **said.parameters, "segments_max": SEGMENTS_MAX})


def _of_buckets(kind: MetricKind, buckets: _Buckets) -> str:
    if kind in OF_VALUES:
        return composed("people.metric.summed", rows=buckets.rows)
    if kind is MetricKind.CONVERSION:
        return composed("people.metric.converted", **buckets._asdict())
    if kind not in OF_TWO:
        counted, amount, per = _COUNTED[kind]
        return composed("people.metric.counted", rows=buckets.rows, counted=counted, amount=amount, per=per)
    amount, per = (one.format(followed=_WITHIN) for one in _FOLLOWED[kind])
    of_all = [one.format(followed=_AT_ALL) for one in _FOLLOWED[kind]]
    places = {"amount": amount, "per": per, "amount_of_all": of_all[0], "per_of_all": of_all[1]}
    return composed("people.metric.followed", rows=buckets.rows, is_within=buckets.is_within, **places)


def _persons(metric: Metric, span: Span) -> PeopleSql:
    """Rows of person and second, with when the other event followed, or with a number."""
    if metric.kind in OF_VALUES:
        return _of_numbers(metric, span)
    events = [Did(metric.event, span, where=metric.where)]
    if metric.kind not in OF_TWO:
        return _of_events(events, "second")
    done, parameters = _of_events([*events, Did(metric.then, span)], "second, nth")
    followed = "people.converted" if metric.kind is MetricKind.CONVERSION else "people.followed"
    return PeopleSql(composed(followed, persons=done), parameters)


def _of_events(events: Sequence[Did], columns: str) -> PeopleSql:
    rows, parameters = rows_of([event] for event in events)
    return PeopleSql(composed("people.persons", columns=columns, rows=UNION.join(rows)), parameters)


def _of_numbers(metric: Metric, span: Span) -> PeopleSql:
    asked: dict[str, Any] = {"summed": metric.property, "summed_event": metric.event}
    asked |= {"summed_since": span.since, "summed_until": span.until}
    condition = "1"
    if metric.where is not None:
        leaf = Did(metric.event, span, where=metric.where) if metric.event else replace(metric.where, span=span)
        condition, parameters = condition_of(leaf)
        asked |= parameters
    numbers = composed("people.rows.numbers", condition=condition)
    event = "" if metric.event else ", event"
    persons = composed("people.persons", columns=f"second, value, version{event}", rows=numbers)
    return PeopleSql(composed("people.values", persons=persons, event=event), asked)
