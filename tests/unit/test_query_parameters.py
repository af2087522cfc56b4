"""Parameters of queries of all kinds: whatever JSON a client puts into them is read, or refused in words."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kissmetrics.kinds.ab_test import AbTestKind
from api.kissmetrics.kinds.activity import ActivityKind
from api.kissmetrics.kinds.cohort import CohortKind
from api.kissmetrics.kinds.funnel import FunnelKind
from api.kissmetrics.kinds.kind import Kind
from api.kissmetrics.kinds.metric import WholeMetricKind
from api.kissmetrics.kinds.metric_asked import LAST_30_DAYS
from api.kissmetrics.kinds.metric_over_time import MetricOverTimeKind
from api.kissmetrics.kinds.people_count import PeopleCountKind
from api.kissmetrics.kinds.people_search import PeopleSearchKind
from api.kissmetrics.kinds.sql import SqlKind
from api.kissmetrics.questions.fields import FilterError
from api.kissmetrics.questions.filters import FilterTerms, Reader
from api.kissmetrics.records.records import RecordsSql
from testkit.query_place import NOW
from tilde.domain.people.metric import Metric, MetricKind
from tilde.domain.people.metric import metric_of as metric_said_in
from tilde.domain.people.question import EVER, Compared, Comparison, Had, QuestionError, Span
from tilde.domain.people.segment import Segment, Which, segment_of
from tilde.runtime.clock import SystemClock

DAYS = {
    "last-30-days": Span(NOW - 2_592_000, NOW),
    "last-7-days": Span(NOW - 604_800, NOW),
    "today": Span(NOW, NOW + 9),
}
READER = Reader(
    FilterTerms({5: "purchased"}, {3: "plan"}, DAYS.get, lambda shown: int(shown.replace(tzinfo=UTC).timestamp()))
)
NOTHING = cast("Any", None)  # what answers; it is not asked here
SEARCH = PeopleSearchKind(NOTHING, NOTHING)
METRIC = WholeMetricKind(NOTHING, NOTHING, NOTHING, NOTHING)
OVER_TIME = MetricOverTimeKind(NOTHING, NOTHING, NOTHING, NOTHING, 1)
COHORT = CohortKind(NOTHING, NOTHING, NOTHING, 1, SystemClock())
FUNNEL = FunnelKind(NOTHING, NOTHING)
RANGE = {"type": "custom", "start_date": "2026-10-01", "end_date": "2026-10-25T12:00:00"}
HAD = {
    "type": "property",
    "property": "plan",
    "comparison_mode": "equals",
    "comparison_string": "Gold",
    "negate": False,
    "first_ever": False,
}
DID = {
    "type": "event",
    "event": "purchased",
    "negate": False,
    "frequency_occurrence": "at_least",
    "frequency_value": 1,
    "with_property": True,
    "property": "plan",
    "comparison_mode": "equals",
    "comparison_string": "Gold",
    "first_ever": True,
    "while_property": True,
    "label": "Bought",
    "date_range": {"type": "preset", "preset": "last_7_days"},
}
SEGMENT = {"property": "plan", "value": "first", "date_range": "last_7_days"}
COUNTS = {"kind": "conversion", "event": "purchased", "then": "purchased", "property": "", "filter": HAD}
KEPT = {"kind": "total", "event": "purchased", "then": "", "property": "amount"}
GOLD = {"property": "plan", "comparison": "equals", "value": "Gold", "high": ""}
SEARCHED = {
    "type": "group",
    "filter": {"type": "and", "version": 2, "options": {"defaultDateRange": RANGE}, "operands": [DID, HAD]},
    "defaultCalculationDateRange": RANGE,
    "calculations": [{"type": "last_value_in_range", "subject": "plan", "label": "Plan", "date_range": RANGE}],
    "date_range": RANGE,
}
TOTALLED = {
    "type": "total_value_in_range",
    "label": "Spent",
    "date_range_label": "October",
    "subject": {"type": "property", "property": "plan", "comparison_mode": "any_value", "date_range": RANGE},
}
BY_INDEX = {"variation_property_index": 3, "conversion_event_index": 5, "bucket_size": 604_800}
DOCUMENTED: list[tuple[Kind, dict[str, Any]]] = [
    (SEARCH, SEARCHED),
    (SEARCH, {"type": "identity", "identity": "bob", "calculations": [TOTALLED], "date_range": RANGE}),
    (PeopleCountKind(SEARCH), {"conditions": [DID, HAD], "segments": [], "date_range": RANGE}),
    (PeopleCountKind(SEARCH), {"filter": {"type": "group", "filter": DID}, "start_date": 3, "end_date": 5}),
    (
        ActivityKind(NOTHING),
        {"events": ["purchased"], "filter": HAD, "person": "bob", "person_id": 7, "date_range": RANGE},
    ),
    (FUNNEL, {"steps": [DID, DID], "conversion_window": 86_400, "segment": SEGMENT, "date_range": RANGE}),
    (
        COHORT,
        {
            "first": DID,
            "again": HAD,
            "period": "week",
            "periods": 8,
            "first_ever": False,
            "segment": SEGMENT,
            "date_range": RANGE,
        },
    ),
    (AbTestKind(NOTHING, NOTHING), {"property": "plan", "goal": DID, "original": "red", "date_range": RANGE}),
    (AbTestKind(NOTHING, NOTHING), {**BY_INDEX, "start_date": "2026-10-01", "end_date": "2026-10-25T00:00:00Z"}),
    (METRIC, {"metric": COUNTS, "segment": SEGMENT, "date_range": RANGE}),
    (OVER_TIME, {"metric": KEPT | {"filter": GOLD}, "step": "day", "date_range": RANGE}),
    (OVER_TIME, {"metric_id": "5b0c8f1e", "interval": "week", "start_date": "2026-10-01", "end_date": NOW}),
    (
        SqlKind(RecordsSql(NOTHING, NOTHING, NOTHING, NOTHING), NOTHING),
        {"statement": "SELECT count(*) FROM records", "date_range": RANGE},
    ),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["and", "then", "first", "between", "custom", "2026-10-25", "9999-12-31", "0001-01-01", "-1"]),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=4,
)


def places(said: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value stands in JSON: the keys and the indexes that lead there."""
    yield path
    inner = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def with_value(said: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """The same JSON with another value there."""
    if not path:
        return change(said)
    copy = dict(said) if isinstance(said, dict) else list(said)
    copy[path[0]] = with_value(said[path[0]], path[1:], change)
    return copy


EVERYWHERE = [(kind, said, path) for kind, said in DOCUMENTED for path in places(said)]


@pytest.mark.parametrize(("kind", "said"), DOCUMENTED, ids=[kind.name for kind, _ in DOCUMENTED])
def test_what_is_documented_is_read(kind: Kind, said: dict[str, Any]) -> None:
    assert json.loads(kind.read(said, READER, EVER))


def refused(kind: Kind, said: Any) -> str:
    """Why; empty where it is read."""
    try:
        kind.read(said, READER, EVER)
    except (FilterError, QuestionError) as wrong:
        return str(wrong) or "for no reason"
    return ""


@given(st.sampled_from(EVERYWHERE), JSON)
def test_whatever_stands_somewhere_is_read_or_refused(where: tuple[Kind, Any, tuple[Any, ...]], value: Any) -> None:
    kind, said, path = where
    assert refused(kind, with_value(said, path, lambda _: value)) != "for no reason"


@pytest.mark.parametrize("value", [[], {}, [[]], True, 1.5, 2**64 - 1, ""])
def test_a_value_of_any_type_is_read_or_refused_everywhere(value: Any) -> None:
    for kind, said, path in EVERYWHERE:
        assert refused(kind, with_value(said, path, lambda _: value)) != "for no reason"


def test_a_key_that_means_nothing_is_named() -> None:
    """In each object, but in `options`, which is a client's own."""
    for kind, said, path in EVERYWHERE:
        changed = with_value(said, path, lambda there: {**there, "filte": 1} if isinstance(there, dict) else there)
        if changed != said and path[-1:] != ("options",):
            with pytest.raises(FilterError, match="filte is no key here"):
                kind.read(changed, READER, EVER)


def test_what_clients_say_besides_is_let_through() -> None:
    besides = {"version": 2, "label": "L", "sort": "0", "order": "asc", "product_id": 7, "query_type": "people_search"}
    assert SEARCH.read({**SEARCHED, **besides}, READER, EVER) == SEARCH.read(SEARCHED, READER, EVER)


def metric_read(counts: dict[str, Any]) -> Metric:
    asked = orjson.loads(METRIC.read({"metric": counts}, READER, EVER))
    return metric_said_in(asked["metric"])


@pytest.mark.parametrize(
    ("filter_", "where"),
    [
        (GOLD, Had("plan", Compared(Comparison.EQUALS, "Gold"))),
        (
            {"property": "plan", "comparison": "equals", "value": "Gold"},
            Had("plan", Compared(Comparison.EQUALS, "Gold")),
        ),
        (HAD, Had("plan", Compared(Comparison.EQUALS, "Gold"))),
        (GOLD | {"comparison": None, "value": ""}, Had("plan")),
        (
            GOLD | {"comparison": "between", "value": "5", "high": "9"},
            Had("plan", Compared(Comparison.BETWEEN, "5", "9")),
        ),
        (None, None),
    ],
)
def test_a_metric_of_a_querys_own_is_said_as_a_kept_one_is_shown(filter_: Any, where: Had | None) -> None:
    assert metric_read(KEPT | {"filter": filter_}) == Metric(MetricKind.TOTAL, "purchased", "", "amount", where)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (KEPT | {"where": GOLD}, "where is no key here"),
        (KEPT | {"filter": {"property": "plan", "value": "Gold"}}, "comparison is missing"),
        (KEPT | {"filter": GOLD | {"comparison": "like"}}, "comparison is 'like'"),
        (KEPT | {"filter": GOLD | {"value": 7}}, "are texts"),
        (KEPT | {"filter": HAD | {"date_range": "last_7_days"}}, "no dates of its own"),
        (KEPT | {"filter": HAD | {"first_ever": True}}, "no first_ever"),
        (KEPT | {"filter": HAD | {"while_property": True}}, "while_property is no key here"),
    ],
)
def test_a_metric_that_says_more_than_it_means_is_refused(counts: dict[str, Any], why: str) -> None:
    with pytest.raises(FilterError, match=why):
        metric_read(counts)


def test_an_activity_is_of_acts_and_not_of_first_ones() -> None:
    with pytest.raises(FilterError, match="filter has no first_ever"):
        ActivityKind(NOTHING).read({"filter": HAD | {"firstEver": True}}, READER, EVER)


def span_of(said: dict[str, Any], span: Span = EVER) -> Span:
    asked = orjson.loads(METRIC.read({"metric_id": "x", **said}, READER, span))
    return Span(asked["since"], asked["until"])


def test_the_dates_of_a_metric() -> None:
    """The last 30 days where nothing is said; an open end is that of today, and one that is said stands."""
    today, since = DAYS["today"].until, NOW - 99
    assert span_of({}) == DAYS[LAST_30_DAYS.replace("_", "-")]
    assert span_of({"start_date": since}) == Span(since, today)
    assert span_of({"start_date": since, "end_date": NOW - 5}) == Span(since, NOW - 4)
    assert span_of({"date_range": "any_time"}) == Span(0, today)
    assert span_of({}, Span(5, 8)) == Span(5, 8)


def test_a_segment_is_the_same_in_a_funnel_and_a_metric() -> None:
    metric = orjson.loads(METRIC.read({"metric": COUNTS, "segment": SEGMENT}, READER, EVER))["segment"]
    funnel = orjson.loads(FUNNEL.read({"steps": [DID, DID], "segment": SEGMENT}, READER, EVER))["segment"]
    assert segment_of(metric) == segment_of(funnel) == Segment("plan", Which.FIRST, DAYS["last-7-days"])
    for kind, said in ((METRIC, {"metric": COUNTS}), (FUNNEL, {"steps": [DID, DID]})):
        with pytest.raises(FilterError, match="date range 'nonsense' is not known"):
            kind.read({**said, "segment": {**SEGMENT, "date_range": {"type": "nonsense"}}}, READER, EVER)


def test_cohorts_without_dates_are_told_what_is_missing() -> None:
    with pytest.raises(FilterError, match="dates are missing"):
        COHORT.read({"first": DID, "again": DID}, READER, EVER)
