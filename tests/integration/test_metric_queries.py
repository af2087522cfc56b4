"""Queries of metrics over real tables, from the links of the Core API to the rows: over time and by segment, of metrics
that are kept and of stats.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from testkit.edges import KEYRING
from testkit.people_shop import HOLDER, Shop, a_shop
from testkit.query_place import HITS, NOW, SLASHED_TOKEN, QueryPlace, a_hit, product_uuid
from testkit.rows import a_metric
from tilde.domain.catalog.definition_records import MetricCounts, MetricDefinition, UnitType
from tilde.domain.catalog.kept_metrics import KeptMetricChanged, KeptMetricDeleted, MetricKept
from tilde.domain.catalog.products import ProductChanged
from tilde.domain.people.metric import MetricKind, had_json
from tilde.domain.people.question import Compared, Comparison, Had
from tilde.domain.stats.metrics import metric_uuid

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

BUYERS, SALES, GOLD, PENDING = (f"48434344-088b-4031-a8b0-22923a9f01b{n}" for n in range(4))
GOLD_ALONE = Had("plan", Compared(Comparison.EQUALS, "Gold"))
STAT = str(metric_uuid(1, "counter", HITS, "hits"))


def kept(uuid: str, title: str, counts: MetricCounts, unit: UnitType = UnitType.NUMERIC) -> MetricKept:
    return MetricKept(1, uuid, counts, MetricDefinition(title, unit_type=unit, color="red", sort_index=4))


@pytest_asyncio.fixture(loop_scope="module")
async def shop(place: QueryPlace, tmp_path: Path) -> AsyncIterator[Shop]:
    """Ann bought twice, for 99.5 and 20, Bob once for 5, all on 25 October, of 25 hours in Berlin."""
    async with a_shop(place, tmp_path) as shop:
        filter_ = KEYRING.seal(had_json(GOLD_ALONE))
        conversion = MetricCounts(MetricKind.CONVERSION, "visited site", then="purchased")
        await shop.place.decide(
            kept(BUYERS, "Buyers", MetricCounts(MetricKind.PEOPLE, "purchased")),
            kept(SALES, "Sales", MetricCounts(MetricKind.AVERAGE, "purchased", property="amount")),
            kept(GOLD, "Gold", MetricCounts(MetricKind.TIMES, "purchased", filter=filter_)),
            kept(PENDING, "Conversion", conversion, UnitType.PERCENT),
        )
        yield shop


async def run(shop: Shop, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
    """Follows a query by its locations; returns its results."""
    began = await shop.place.http.request(method, path, headers=HOLDER, json=body)
    assert began.status_code == 202, began.text
    assert began.json()["success"] is True
    done = await shop.ended(began.headers["location"])
    assert done.status_code == 201, done.text
    return dict(await shop.get(done.headers["location"]))


def labels(results: dict[str, Any]) -> list[str]:
    return [column["display_name"] for column in results["columns"]]


async def test_kept_metrics_stand_among_stats_in_the_core_api(shop: Shop) -> None:
    """The oldest first; each with links to where it is run, and as its own page without."""
    place = shop.place
    await place.insert("metric", a_metric("hits", first_seen_at=(NOW - 7_200) * 1000))
    answer = await shop.get("/core/metrics")

    assert [one["title"] for one in answer["data"]] == ["Buyers", "Sales", "Gold", "Conversion", "hits"]
    assert answer["pagination"] == {"total": 5, "offset": 0, "limit": 20}
    buyers, hits = answer["data"][0], answer["data"][-1]
    for metric in (buyers, hits):
        links = {link["rel"]: link["href"] for link in metric.pop("links")}
        assert links == {
            "self": f"http://tilde/core/metrics/{metric['id']}",
            "product": f"http://tilde/core/products/{product_uuid(1)}",
            "metric-over-time": f"http://tilde/query/metrics/{metric['id']}/over-time",
            "metric-by-segment": f"http://tilde/query/metrics/{metric['id']}/by-segment",
        }
    assert buyers == {
        "config_last_changed_at": "2026-10-25T12:01:13+00:00",
        "color": "red",
        "id": BUYERS,
        "product_id": product_uuid(1),
        "title": "Buyers",
        "description": None,
        "unit_type": "numeric",
        "status": "active",
        "sort_index": 4,
        "is_visible": True,
    }
    assert await shop.get(f"/core/metrics/{BUYERS}") == buyers | {"links": []}
    others = {"authorization": f"Bearer {SLASHED_TOKEN}"}
    assert (await place.http.get(f"/core/metrics/{BUYERS}", headers=others)).status_code == 404
    assert (await place.get("/core/metrics", headers=others))["data"] == []
    pages = [await shop.get(f"/core/products/{product_uuid(1)}/metrics?limit=2&offset={at}") for at in (0, 2, 4)]
    assert [one["id"] for page in pages for one in page["data"]] == [BUYERS, SALES, GOLD, PENDING, hits["id"]]


async def test_a_metric_is_pending_until_what_it_counts_is_seen_and_gone_when_it_is_deleted(shop: Shop) -> None:
    await shop.place.decide(KeptMetricChanged(BUYERS, MetricCounts(MetricKind.PEOPLE, "never"), MetricDefinition("B")))
    await shop.place.decide(KeptMetricDeleted(GOLD))
    status = {one["title"]: one["status"] for one in (await shop.get("/core/metrics"))["data"]}

    assert status == {"B": "pending", "Sales": "active", "Conversion": "active"}
    await shop.get(f"/core/metrics/{GOLD}", 404)
    assert (await shop.place.http.post(f"/query/metrics/{GOLD}/over-time", headers=HOLDER)).status_code == 404


async def test_a_metric_over_time_is_one_of_each_day_and_of_the_whole(shop: Shop) -> None:
    """Ann and Bob bought on a Sunday of 25 hours; whoever asks for no days gets thirty."""
    await shop.place.decide(ProductChanged(1, "main", "", "Europe/Berlin"))
    dates = {"start_date": "2026-10-24", "end_date": "2026-10-26T12:00:00"}
    results = await run(shop, f"/query/metrics/{BUYERS}/over-time", {**dates, "step": "day"})

    assert labels(results) == ["Row", "From", "To", "Begins", "Value"]
    days = [1792792800, 1792879200, 1792969200, 1793012401]
    assert results["rows"] == [
        ["whole", days[0], days[3], "2026-10-24T00:00:00+02:00", 2],
        ["step", days[0], days[1], "2026-10-24T00:00:00+02:00", 0],
        ["step", days[1], days[2], "2026-10-25T00:00:00+02:00", 2],
        ["step", days[2], days[3], "2026-10-26T00:00:00+01:00", 0],
    ]
    month = await run(shop, f"/query/metrics/{BUYERS.upper()}/over-time", method="GET")
    assert month["total"] == 31
    assert month["rows"][0][-1] == 2
    hours = await run(shop, f"/query/metrics/{BUYERS}/over-time?date_range=yesterday&step=hour", method="GET")
    assert hours["total"] == 26


async def test_a_number_that_is_divided_says_by_what(shop: Shop) -> None:
    results = await run(shop, f"/query/metrics/{SALES}/over-time", {"date_range": "yesterday"})
    assert labels(results)[4:] == ["Value", "Total", "Values"]
    assert results["rows"][0][4:] == [41.5, 124.5, 3]
    rate = await run(shop, f"/query/metrics/{PENDING}/over-time", {"date_range": "yesterday"})
    assert labels(rate)[4:] == ["Value", "Converted People", "People"]
    assert rate["rows"][0][4:] == [50, 1, 2]
    today = await run(shop, f"/query/metrics/{SALES}/over-time", {"date_range": "today"})
    assert today["rows"][0][4:] == [None, 0, 0]


async def test_a_filter_counts_only_what_was_done_with_its_value(shop: Shop) -> None:
    results = await run(shop, f"/query/metrics/{GOLD}/over-time", {"date_range": "yesterday"})

    assert results["rows"][0][-1] == 1


async def test_a_metric_by_segment_tells_texts_that_can_be_opened(shop: Shop) -> None:
    """Ann was on Gold plus first and on Gold last; of Bob nothing was said."""
    path = f"/query/metrics/{BUYERS}/by-segment"
    last = await run(shop, path, {"property": "Plan", "date_range": "yesterday"})
    assert labels(last) == ["Row", "plan", "Value"]
    assert last["rows"] == [["whole", None, 2], ["segment", "Gold", 1], ["none", None, 1]]
    first = await run(shop, f"{path}?property=plan&value=first&date_range=yesterday", method="GET")
    assert first["rows"][1] == ["segment", "Gold plus", 1]
    amounts = await run(shop, path, {"property": "amount", "value": "last_ever", "date_range": "yesterday"})
    assert sorted(amounts["rows"][1:]) == [["segment", 5.0, 1], ["segment", 20.0, 1]]


async def test_whoever_was_erased_stands_in_a_segment_without_its_text(shop: Shop) -> None:
    """Also in an answer that was there before."""
    path = f"/query/metrics/{BUYERS}/by-segment"
    began = await shop.place.http.post(path, headers=HOLDER, json={"property": "plan", "date_range": "yesterday"})
    done = await shop.ended(began.headers["location"])
    for identity in ("ann@example.com", "anonymous-1"):
        await shop.erase(identity)

    rows = (await shop.get(done.headers["location"]))["rows"]
    assert rows == [["whole", None, 2], ["segment", None, 1], ["none", None, 1]]


async def test_a_stat_is_a_metric_over_time_too(shop: Shop) -> None:
    await shop.place.insert("metric", a_metric("hits"))
    await shop.place.insert("point", a_hit(86_400, 2.5), a_hit(60, 4.0))
    results = await run(shop, f"/query/metrics/{STAT}/over-time", {"date_range": "last_7_days", "step": "week"})

    assert labels(results) == ["Row", "From", "To", "Begins", "Value", "Points"]
    assert [row[4:] for row in results["rows"]] == [[6.5, 2], [2.5, 1], [4, 1]]


async def test_a_stat_is_told_apart_by_what_the_meta_of_its_numbers_says(shop: Shop) -> None:
    """Numbers of which nothing is said stand together; where nothing is said of any, it is refused in words."""
    await shop.place.insert("metric", a_metric("hits"))
    await shop.place.insert("point", a_hit(60, 4.0))
    path = f"/query/metrics/{STAT}/by-segment"
    for body, why in (
        ({"property": "plan"}, "none says anything under 'plan'"),
        ({"property": "plan", "value": "first"}, "none is the first or the last"),
    ):
        began = await shop.place.http.post(path, headers=HOLDER, json=body)
        status = await shop.ended(began.headers["location"])
        assert why in status.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("over-time", {"step": "minute"}, "step is 'minute': it is one of hour, day, week, month"),
        ("over-time", {"date_range": "any_time"}, "more than 10,000 steps"),
        ("over-time", {"start_date": 5, "end_date": 4}, "a date range ends after it has begun"),
        ("over-time", {"date_range": "sometimes"}, "date range 'sometimes' is not known"),
        ("over-time", [], "the body is an object"),
        ("by-segment", {}, "property is missing: it says by what the metric is told apart"),
        ("by-segment", {"property": "plan", "value": "middle"}, "value is 'middle'"),
    ],
)
async def test_what_cannot_be_asked_of_a_metric_is_told_at_once(shop: Shop, path: str, body: Any, why: str) -> None:
    answer = await shop.place.http.post(f"/query/metrics/{BUYERS}/{path}", headers=HOLDER, json=body)

    assert answer.status_code == 400
    assert why in answer.json()["message"]


async def test_somebody_elses_metric_is_not_there(shop: Shop) -> None:
    others = {"authorization": f"Bearer {SLASHED_TOKEN}"}
    for path in (BUYERS, STAT, "x"):
        answer = await shop.place.http.post(f"/query/metrics/{path}/over-time", headers=others)
        assert answer.status_code == 404
    assert (await shop.place.http.post(f"/query/metrics/{BUYERS}/over-time")).status_code == 401


async def test_the_third_api_has_metrics_that_are_kept_and_such_as_are_said_in_the_query(shop: Shop) -> None:
    is_gold = {"property": "plan", "comparison_mode": "begins_with", "comparison_string": "Gold"}
    said = {"kind": "times_per_person", "event": "Purchased", "filter": is_gold}
    put = await shop.ask("metric", {"metric": said, "date_range": {"type": "preset", "preset": "yesterday"}})
    whole = await shop.complete(put)
    assert whole["data"] == [{"Row": "whole", "Segment": None, "Value": 2, "Times": 2, "People": 1}]

    segment = {"property": "plan", "value": "last"}
    put = await shop.ask("metric", {"metric_id": BUYERS, "segment": segment, "date_range": "yesterday"})
    assert [row["Segment"] for row in (await shop.complete(put))["data"]] == [None, "Gold", None]
    put = await shop.ask("metric_over_time", {"metric_id": BUYERS, "step": "month", "date_range": "this_month"})
    steps = (await shop.complete(put))["data"]
    assert [(row["Row"], row["Begins"], row["Value"]) for row in steps] == [
        ("whole", "2026-10-01T00:00:00+00:00", 2),
        ("step", "2026-10-01T00:00:00+00:00", 2),
    ]
    http = shop.place.http
    for body, rows in (({"metric_id": SALES}, 1), ({"metric_id": SALES, "step": "day", "date_range": "yesterday"}, 2)):
        by_id = await http.post("/v3/queries/metric", headers=HOLDER, json=body)
        assert len((await shop.complete(f"/v3/queries/{by_id.json()['id']}"))["data"]) == rows
    gold = MetricCounts(MetricKind.TIMES, "purchased", filter=KEYRING.seal(had_json(GOLD_ALONE)))
    await shop.place.decide(kept(product_uuid(9), "Gold again", gold))
    number = shop.place.follower.catalog.kept_metrics[product_uuid(9)].created
    for said in (number, f" {number} "):
        by_number = await http.post("/v3/queries/metric", headers=HOLDER, json={"metric_id": said})
        (row,) = (await shop.complete(f"/v3/queries/{by_number.json()['id']}"))["data"]
        assert row["Value"] == 1
    typed = {"metric_id": SALES, "query_type": "metric_over_time", "date_range": "yesterday", "sort": "Row"}
    sorted_ = await http.post("/v3/queries/metric", headers=HOLDER, json=typed)
    by_row = (await shop.complete(f"/v3/queries/{sorted_.json()['id']}"))["data"]
    assert [row["Row"] for row in by_row] == ["step", "whole"]
    other = await http.post("/v3/queries/metric", headers=HOLDER, json={**typed, "query_type": "funnel"})
    assert other.status_code == 400
    for id_ in (product_uuid(1), number + 1):
        nobodys = await http.post("/v3/queries/metric", headers=HOLDER, json={"metric_id": id_})
        assert nobodys.status_code == 404


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, "has its metric_id, or the metric itself"),
        ({"metric": {"kind": "sum", "event": "a"}}, "kind is 'sum'"),
        ({"metric": {"kind": "people"}}, "a metric has an event"),
        ({"metric": {"kind": "conversion", "event": "a"}}, "has an event that follows"),
        (
            {"metric": {"kind": "people", "event": "a", "filter": {"property": "p", "comparison_mode": "empty"}}},
            "it cannot be negated, or empty",
        ),
    ],
)
async def test_a_metric_that_means_nothing_is_refused(shop: Shop, params: Any, why: str) -> None:
    asked = {"product_id": 1, "query_type": "metric", "query_params": params}
    answer = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)

    assert answer.status_code == 400
    assert why in answer.text


async def test_a_metric_that_is_deleted_before_it_is_answered_fails_in_words(shop: Shop) -> None:
    put = await shop.ask("metric", {"metric_id": product_uuid(1)})

    assert (await shop.complete(put))["error"] == "no metric of this product has the id"


async def test_results_are_pages_and_a_file_for_spreadsheets(shop: Shop) -> None:
    results = await run(shop, f"/query/metrics/{BUYERS}/over-time", {"date_range": "last_7_days"})
    links = {link["rel"]: link["href"] for link in results["links"]}
    page = await shop.get(f"{links['self']}?limit=2&offset=7")
    export = await shop.place.http.get(links["export"], headers=HOLDER | {"accept": "text/csv"})

    assert (page["total"], len(page["rows"])) == (8, 1)
    lines = export.text.splitlines()
    assert lines[0] == "Row,From,To,Begins,Value"
    assert (lines[1].split(",")[0], lines[1].split(",")[-1]) == ("whole", "2")
    assert len(lines) == 9
