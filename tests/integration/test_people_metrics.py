"""Metrics of what people do over real tables, compared with an oracle on generated histories."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.kissmetrics.kinds.metric_asked import of_people
from api.reads.people.metrics import PeopleMetrics
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.search import PeopleSearch
from api.reads.tables import Tables
from testkit.asked_metrics import AskedMetrics, cells_of
from testkit.edges import KEYRING
from testkit.people_histories import ACTIVITY, ALIASES, a_history
from testkit.query_place import QueryPlace
from testkit.questions import BEFORE_ALL, BEGAN, METRICS, SECONDS, SEGMENTS_EVER
from tilde.domain.people.metric import Amount, Metric, MetricKind
from tilde.domain.people.question import Had, Span, Values
from tilde.domain.people.segment import Of, Segment, Value, Which

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

HISTORIES = int(os.environ.get("TILDE_HISTORIES", "25"))  # a thousand where somebody asks for them
SAME = settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
UNTIL = BEGAN + SECONDS + 1
MOST = Span(BEGAN + 1, UNTIL - 3)
STARTS = st.sets(st.integers(0, SECONDS), min_size=1, max_size=6).map(lambda some: [BEGAN + at for at in sorted(some)])


def metrics_of(place: QueryPlace) -> PeopleMetrics:
    tables = Tables(place.store, lambda: 1)
    return PeopleMetrics(tables, PeopleSearch(People(tables), Opened(KEYRING.keyed_hash, None)))


@SAME
@given(ACTIVITY, ALIASES, st.lists(st.tuples(METRICS, STARTS), min_size=1, max_size=10))
async def test_metrics_over_time_are_what_an_oracle_says(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], asked: list[tuple[Metric, list[int]]]
) -> None:
    """Of each step alone, and of all steps as one: who came in two of them is one person."""
    product, people = await a_history(place, done, aliases)
    metrics, oracle = metrics_of(place), AskedMetrics(people)

    for metric, starts in asked:
        found = await metrics.over_time(product, metric, starts, UNTIL)
        assert found.steps == oracle.steps(metric, starts, UNTIL), metric
        whole = oracle.over(metric, Span(starts[0], UNTIL))
        assert found.whole == whole, metric
        assert of_people(metric.kind, found.whole) == cells_of(metric.kind, whole), metric


@SAME
@given(
    ACTIVITY,
    ALIASES,
    st.lists(st.tuples(METRICS, SEGMENTS_EVER, st.sampled_from([MOST, MOST, BEFORE_ALL])), min_size=1, max_size=10),
)
async def test_metrics_by_segment_are_what_an_oracle_says(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], asked: list[tuple[Metric, Segment, Span]]
) -> None:
    """Each person is in one segment, by what was ever said of him; all segments together are all people, and of nobody
    there is a number too.
    """
    product, people = await a_history(place, done, aliases)
    metrics, oracle = metrics_of(place), AskedMetrics(people)

    for metric, segment, span in asked:
        found = await metrics.by_segment(product, metric, span, segment)
        whole = oracle.over(metric, span)
        assert found.whole == whole, metric
        assert of_people(metric.kind, found.whole) == cells_of(metric.kind, whole), metric
        expected = oracle.by_segment(metric, span, segment)
        said = {plain(value): amount for value, amount in found.segments}
        assert {value: amount for value, amount in expected.items() if any(amount)}.items() <= said.items(), metric
        assert all(not any(amount) for value, amount in said.items() if value not in expected), metric


async def test_events_of_one_second_keep_what_each_said(place: QueryPlace) -> None:
    """The value of an event is not that of another one beside it, and a filter finds both; the last of a second counts
    where a person has one value.
    """
    done = [(1, 5, "a", {"p": 10.0, "q": 7}), (1, 5, "b", {"p": 5.0, "q": 8}), (2, 5, "a", {"p": 2.0, "q": 7})]
    product, _ = await a_history(place, done, [])
    metrics, span = metrics_of(place), Span(BEGAN, UNTIL)
    amounts = [
        (await metrics.over_time(product, metric, [span.since], span.until)).whole
        for metric in (
            Metric(MetricKind.TOTAL, "a", property="p"),
            Metric(MetricKind.TOTAL, "", property="p"),
            Metric(MetricKind.TOTAL, "", property="p", where=Had("q", Values(texts=frozenset({7})))),
            Metric(MetricKind.TIMES, "a", where=Had("q", Values(texts=frozenset({7})))),
        )
    ]

    assert amounts == [Amount(12.0, 2), Amount(17.0, 3), Amount(12.0, 2), Amount(2, 0)]


async def test_of_two_values_of_one_second_the_last_is_the_first_one_too(place: QueryPlace) -> None:
    """Two identities of one person say something in his first second."""
    product, people = await a_history(place, [(1, 5, "a", {"p": 1.0}), (2, 5, "a", {"p": 2.0})], [(1, 2)])
    first, span = Segment("p", Which.FIRST), Span(BEGAN, UNTIL)
    metric = Metric(MetricKind.PEOPLE, "a")
    found = await metrics_of(place).by_segment(product, metric, span, first)

    assert [(plain(value), amount) for value, amount in found.segments] == [(2.0, Amount(1))]
    assert AskedMetrics(people).by_segment(metric, span, first) == {2.0: Amount(1)}
    assert people.value(1, first) == (BEGAN + 5, 2.0)


def plain(value: Value) -> float | int | None:
    assert (value.of is Of.NOBODY) is (value.number is None and value.text is None)
    return value.number if value.text is None else value.text
