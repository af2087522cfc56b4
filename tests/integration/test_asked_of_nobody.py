"""Every type of query where nobody did what it asks about: it has an answer, of nobody."""

from typing import Any

import pytest

from testkit.people_shop import Shop
from testkit.query_kinds import KINDS
from tilde.domain.people.metric import OF_TWO, OF_VALUES, MetricKind

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

OF_NOBODY: dict[str, list[Any]] = {
    "people": [0],
    "times": [0],
    "times_per_person": [None, 0, 0],
    "conversion": [None, 0, 0],
    "repeated_conversion": [None, 0, 0],
    "time_between": [None, 0, 0],
    "total": [0],
    "average": [None, 0, 0],
}
NOTHING: dict[str, dict[str, Any]] = {
    "no event": {"event": "never done"},
    "no value": {"filter": {"property": "plan", "comparison": "equals", "value": "nobody's"}},
    "no property": {"filter": {"property": "never said", "comparison": "contains", "value": "x"}},
    "no time": {"date_range": {"type": "custom", "start_date": "2011-01-01", "end_date": "2011-01-02"}},
}
_STEP = {"people": 0, "from_previous": None, "from_first": None, "median_seconds": None, "average_seconds": None}
_PERIODS = {"people": 0, "period_0": 0, "period_1": 0}
_AT = "T00:00:00+00:00"
ROWS: dict[str, Any] = {
    "people_search": [],
    "people_search for a part": [],
    "people_count": {"count": 0},
    "funnel": [{"step": 1, "label": "visited", **_STEP}, {"step": 2, "label": "bought", **_STEP}],
    "funnel by segment": [],
    "cohort": [{"cohort": "2025-10-09", **_PERIODS}, {"cohort": "2025-10-10", **_PERIODS}],
    "cohort by segment": [],
    "ab_test": [],
    "metric": [{"Row": "whole", "Segment": None, "Value": None, "Total": 0, "Values": 0}],
    "metric by segment": [{"Row": "whole", "Segment": None, "Value": 0}],
    "metric_over_time": [
        {"Row": "whole", "From": 1_759_968_000, "To": 1_760_140_800, "Begins": f"2025-10-09{_AT}", "Value": 0},
        {"Row": "step", "From": 1_759_968_000, "To": 1_760_054_400, "Begins": f"2025-10-09{_AT}", "Value": 0},
        {"Row": "step", "From": 1_760_054_400, "To": 1_760_140_800, "Begins": f"2025-10-10{_AT}", "Value": 0},
    ],
    "activity": [],
    "sql of persons": [],
    "sql of a part": [],
    "sql of numbers": [
        {"event_name": "purchased", "n": 3, "paid": None},
        {"event_name": "visited site", "n": 2, "paid": None},
    ],
}


@pytest.mark.parametrize("name", KINDS)
async def test_each_type_of_query_has_an_answer_of_nobody(standing_shop: Shop, name: str) -> None:
    """The people of the shop did nothing of what it asks about, but for events of other names."""
    asked = KINDS[name]
    found = await standing_shop.complete(await standing_shop.ask(asked.kind, asked.params))

    assert found["data"] == ROWS[name]


@pytest.mark.parametrize("nothing", NOTHING)
async def test_a_metric_by_segment_of_nobody_is_the_whole(standing_shop: Shop, nothing: str) -> None:
    """Which is nothing: 0, or null where it would be divided by nothing."""
    found = {}
    for kind in MetricKind:
        said = dict(NOTHING[nothing])
        span = said.pop("date_range", "yesterday")
        by = {"metric": a_metric(kind) | said, "segment": {"property": "plan", "value": "first"}, "date_range": span}
        done = await standing_shop.complete(await standing_shop.ask("metric", by))
        assert [(row["Row"], row["Segment"]) for row in done["data"]] == [("whole", None)]
        found[kind.value] = list(done["data"][0].values())[2:]

    assert found == OF_NOBODY


def a_metric(kind: MetricKind) -> dict[str, Any]:
    """Of what the shop's people did."""
    said = {"kind": kind.value, "event": "purchased"}
    if kind in OF_TWO:
        said["then"] = "purchased"
    if kind in OF_VALUES:
        said["property"] = "amount"
    return said
