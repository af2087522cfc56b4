"""Funnels, cohorts and A/B tests, asked through the Query APIs: from the request that tracked to the rows."""

import json
from typing import Any

import pytest

from testkit.edges import KEYRING
from testkit.people_shop import DAY, HOLDER, Shop
from testkit.query_place import NOW, product_uuid
from tilde.domain.catalog.saved_reports import ReportSaved

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

VISITED = {"type": "event", "event": "visited site"}
PURCHASED = {"type": "event", "event": "purchased"}
BY_PLAN = {"property": "plan"}
STEPS = [VISITED, {**PURCHASED, "label": "Bought"}]
TODAY, LAST_WEEK = ({"type": "preset", "preset": days} for days in ("today", "last_7_days"))
REPORT = "64361c30-4a48-0131-0cbb-22000a9f1c0f"


async def told(shop: Shop, kind: str, **params: Any) -> list[dict[str, Any]]:
    said = await shop.complete(await shop.ask(kind, params))
    assert said["pagination"]["total"] == len(said["data"])
    return said["data"]


def step(nth: int, label: str, people: int, *more: float | None, **segment: Any) -> dict[str, Any]:
    """A row of a funnel; without more nobody came to it."""
    from_previous, from_first, median, average = more or (0.0, 0.0, None, None)
    return segment | {
        "step": nth,
        "label": label,
        "people": people,
        "from_previous": from_previous,
        "from_first": from_first,
        "median_seconds": median,
        "average_seconds": average,
    }


FIRST = (None, 1.0, None, None)


async def test_a_funnel_follows_a_person_through_his_identities(shop: Shop) -> None:
    """Ann came as nobody that was known, and bought fifty seconds later; Cid came, and Bob bought."""
    assert await told(shop, "funnel", steps=STEPS) == [
        step(1, "visited site", 2, *FIRST),
        step(2, "Bought", 1, 0.5, 0.5, 50.0, 50.0),
    ]


@pytest.mark.parametrize(("window", "people"), [(49, 0), (50, 1), ("50", 1)])
async def test_a_window_begins_with_the_first_step(shop: Shop, window: int | str, people: int) -> None:
    rows = await told(shop, "funnel", steps=STEPS, conversion_window=window)
    assert [row["people"] for row in rows] == [2, people]


async def test_a_step_is_one_of_several_things_and_has_a_property(shop: Shop) -> None:
    """Ann bought for 20 after she had bought for 99.5; Cid got a plan a second after he came."""
    cheap = {**PURCHASED, "with_property": True, "property": "amount"}
    cheap |= {"comparison_mode": "less_than", "comparison_string": "50"}
    either = {"type": "or", "operands": [PURCHASED, {"type": "property", "property": "plan"}]}
    rows = await told(shop, "funnel", steps=[VISITED, either, cheap])

    assert rows == [
        step(1, "visited site", 2, *FIRST),
        step(2, "purchased or plan", 2, 1.0, 1.0, 25.5, 25.5),
        step(3, "purchased", 1, 0.5, 0.5, 10.0, 10.0),
    ]


async def test_a_funnel_is_of_its_dates(shop: Shop) -> None:
    dates = {"start_date": DAY - 49, "end_date": DAY + 60}
    rows = await told(shop, "funnel", steps=STEPS, date_range={"type": "custom", **dates})
    assert [row["people"] for row in rows] == [1, 0]


@pytest.mark.parametrize(("which", "hers"), [("last", "Gold"), ("first", "Gold plus"), ("last_ever", "Gold")])
async def test_a_funnel_by_segment(shop: Shop, which: str, hers: str) -> None:
    rows = await told(shop, "funnel", steps=STEPS, segment={**BY_PLAN, "value": which})
    gold, silver = ({"segment_is": "value", "segment": plan} for plan in (hers, "Silver"))

    assert sorted(rows, key=lambda row: (row["segment"], row["step"])) == [
        step(1, "visited site", 1, *FIRST, **gold),
        step(2, "Bought", 1, 1.0, 1.0, 50.0, 50.0, **gold),
        step(1, "visited site", 1, *FIRST, **silver),
        step(2, "Bought", 0, **silver),
    ]


async def test_a_segment_is_of_whom_nothing_was_said_and_of_numbers(shop: Shop) -> None:
    rows = await told(shop, "funnel", steps=[PURCHASED, PURCHASED], segment=BY_PLAN | {"date_range": TODAY})
    assert [(row["segment_is"], row["segment"], row["people"]) for row in rows] == [
        ("none", None, 2),
        ("none", None, 1),
    ]
    rows = await told(shop, "funnel", steps=[VISITED, PURCHASED], segment={"property": "amount"})
    assert {(row["segment_is"], row["segment"]) for row in rows} == {("value", 20.0), ("none", None)}


async def test_what_is_kept_of_an_answer_names_nobody_and_an_erasure_holds_at_once(shop: Shop) -> None:
    """Counts stay as they were."""
    asked: dict[str, dict[str, Any]] = {
        "funnel": {"steps": STEPS, "segment": BY_PLAN},
        "cohort": {"first": VISITED, "again": PURCHASED, "segment": BY_PLAN, "date_range": LAST_WEEK},
        "ab_test": {**BY_PLAN, "goal": PURCHASED},
    }
    paths = [await shop.ask(kind, params) for kind, params in asked.items()]
    before = [await shop.complete(path) for path in paths]
    kept = [await shop.place.jobs.answer(path.rpartition("/")[2]) for path in paths]
    assert all("Silver" in json.dumps(said) for said in before)
    assert not any(b"Silver" in answer or b"Gold" in answer for answer in kept)

    await shop.erase("cid")
    for said, path in zip(before, paths, strict=True):
        nameless = json.loads(json.dumps(said).replace('"Silver"', "null"))
        assert await shop.get(path) == nameless


async def test_cohorts_by_day(shop: Shop) -> None:
    """Both came yesterday, and one of them bought on that day. What is still to come is not known."""
    dates = {"type": "custom", "start_date": DAY - 86_400, "end_date": NOW}
    rows = await told(shop, "cohort", first=VISITED, again=PURCHASED, period="day", periods=2, date_range=dates)

    assert rows == [
        {"cohort": "2026-10-24", "people": 0, "period_0": 0, "period_1": 0, "period_2": 0},
        {"cohort": "2026-10-25", "people": 2, "period_0": 1, "period_1": 0, "period_2": None},
        {"cohort": "2026-10-26", "people": 0, "period_0": 0, "period_1": None, "period_2": None},
    ]


@pytest.mark.parametrize(("period", "begins"), [("week", "2026-10-19"), ("month", "2026-10-01")])
async def test_weeks_and_months_are_those_of_the_calendar(shop: Shop, period: str, begins: str) -> None:
    dates = {"type": "custom", "start_date": "2026-09-28T00:00:00Z", "end_date": NOW}
    rows = await told(shop, "cohort", first=VISITED, again=VISITED, period=period, periods=1, date_range=dates)

    assert [row for row in rows if row["people"]] == [
        {"cohort": begins, "people": 2, "period_0": 0, "period_1": 0 if period == "week" else None}
    ]
    assert rows[0]["cohort"] == "2026-09-28"  # with the range


async def test_who_did_it_before_the_dates_is_in_no_cohort(shop: Shop) -> None:
    """Unless it is not about the first time of all. Ann bought first before, and Bob five seconds after."""
    dates = {"type": "custom", "start_date": DAY + 1, "end_date": NOW}
    asked: dict[str, Any] = {
        "first": PURCHASED,
        "again": PURCHASED,
        "period": "month",
        "periods": 0,
        "date_range": dates,
    }
    assert [row["people"] for row in await told(shop, "cohort", **asked)] == [1]
    assert [row["people"] for row in await told(shop, "cohort", **asked, first_ever=False)] == [2]


async def test_cohorts_by_segment(shop: Shop) -> None:
    rows = await told(
        shop,
        "cohort",
        first=VISITED,
        again=PURCHASED,
        period="day",
        periods=1,
        date_range=LAST_WEEK,
        segment=BY_PLAN,
    )
    assert sorted(rows, key=lambda row: row["segment"]) == [
        {"segment_is": "value", "segment": "Gold", "people": 1, "period_0": 1, "period_1": 0},
        {"segment_is": "value", "segment": "Silver", "people": 1, "period_0": 0, "period_1": 0},
    ]


async def test_a_range_that_is_to_come_has_no_cohorts(shop: Shop) -> None:
    dates = {"type": "custom", "start_date": NOW + 86_400, "end_date": NOW + 2 * 86_400}
    assert await told(shop, "cohort", first=VISITED, again=PURCHASED, date_range=dates) == []


async def test_an_ab_test_compares_with_the_original(shop: Shop) -> None:
    """Ann saw `Gold plus` first and bought ten seconds later; Cid saw `Silver`."""
    rows = await told(shop, "ab_test", property="plan", goal=PURCHASED, original="Silver")
    gold = {"variation_is": "value", "variation": "Gold plus", "is_original": False, "people": 1, "converted": 1}
    silver = {"variation_is": "value", "variation": "Silver", "is_original": True, "people": 1, "converted": 0}
    significance = pytest.approx(0.8427008)  # z = sqrt(2)

    assert sorted(rows, key=lambda row: row["variation"]) == [
        {**gold, "conversion": 1.0, "improvement": None, "significance": significance},
        {**silver, "conversion": 0.0, "improvement": None, "significance": None},
    ]
    rows = await told(shop, "ab_test", property="plan", goal=PURCHASED, original="Gold plus")
    assert [row["improvement"] for row in rows if row["variation"] == "Silver"] == [-1.0]
    assert [row["significance"] for row in rows if row["variation"] == "Silver"] == [significance]


async def test_an_ab_test_is_asked_by_indexes_as_the_documentation_has_it(shop: Shop) -> None:
    """And by no others."""
    index = {
        noun: {one["name"]: one["index"] for one in (await shop.get(f"/v3/products/1/{noun}"))["data"]}
        for noun in ("events", "properties")
    }
    asked = {
        "variation_property_index": index["properties"]["plan"],
        "conversion_event_index": index["events"]["purchased"],
        "start_date": "2026-10-25T00:00:00Z",
        "end_date": "2026-10-26T00:00:00Z",
        "bucket_size": 604800,
    }
    rows = await told(shop, "ab_test", **asked)

    found = [(row["variation"], row["people"], row["converted"]) for row in rows]
    assert sorted(found) == [("Gold plus", 1, 1), ("Silver", 1, 0)]
    for wrong in ({"variation_property_index": 99}, {"conversion_event_index": 99}, {"bucket_size": "week"}):
        body = {"product_id": 1, "query_type": "ab_test", "query_params": asked | wrong}
        refused = await shop.place.http.post("/v3/queries", headers=HOLDER, json=body)
        assert refused.status_code == 400


async def test_without_an_original_nothing_is_compared(shop: Shop) -> None:
    rows = await told(shop, "ab_test", property="plan", goal=PURCHASED)
    assert [(row["is_original"], row["improvement"], row["significance"]) for row in rows] == [(False, None, None)] * 2


async def test_variations_are_numbers_too(shop: Shop) -> None:
    rows = await told(shop, "ab_test", property="amount", goal=PURCHASED, original=99.5)
    assert [(row["variation"], row["is_original"], row["converted"]) for row in sorted(rows, key=str)] == [
        (5.0, False, 0),
        (99.5, True, 1),
    ]


async def test_pages_of_a_funnel_have_each_row_once(shop: Shop) -> None:
    path = await shop.ask("funnel", {"steps": STEPS, "segment": BY_PLAN})
    whole = (await shop.complete(path))["data"]
    pages = [(await shop.get(f"{path}?limit=3&offset={offset}"))["data"] for offset in (0, 3, 6)]
    assert pages == [whole[:3], whole[3:], []]


@pytest.mark.parametrize(
    ("kind", "params", "why"),
    [
        ("funnel", {}, "steps is a list of at most 20"),
        ("funnel", {"steps": [VISITED]}, "a funnel has at least 2 steps"),
        ("funnel", {"steps": [VISITED] * 21}, "steps is a list of at most 20"),
        ("funnel", {"steps": [VISITED, None]}, "a step is missing"),
        ("funnel", {"steps": [VISITED, {**PURCHASED, "negate": True}]}, "it cannot be negated"),
        ("funnel", {"steps": [VISITED, {**PURCHASED, "frequency_value": 2}]}, "a step is done once"),
        ("funnel", {"steps": [VISITED, {"type": "then", "operands": [VISITED]}]}, "a step is an event, a property"),
        ("funnel", {"steps": STEPS, "conversion_window": 0}, "it is at least one second"),
        ("funnel", {"steps": STEPS, "conversion_window": "a day"}, "conversion_window is 'a day'"),
        ("funnel", {"steps": STEPS, "segment": {"property": "plan", "value": "any"}}, "value is 'any'"),
        ("funnel", {"steps": STEPS, "segment": {}}, "property is missing"),
        ("cohort", {"first": VISITED}, "dates are missing"),
        ("cohort", {"first": VISITED, "start_date": 1, "period": "day"}, "more than 400 cohorts"),
        ("cohort", {"first": VISITED, "date_range": LAST_WEEK}, "a step is missing"),
        ("cohort", {"first": VISITED, "again": VISITED, "period": "year"}, "period is 'year': it is one of day, week"),
        ("cohort", {"first": VISITED, "again": VISITED, "periods": 61}, "periods is 61: at most 60"),
        ("ab_test", {"goal": PURCHASED}, "property is missing"),
        ("ab_test", {"property": "plan"}, "a step is missing"),
        ("ab_test", {"property": "plan", "goal": PURCHASED, "original": []}, "original is the value of a variation"),
        ("ab_test", {"property": "plan", "goal": {"type": "or", "operands": []}}, "a step is an event, a property"),
    ],
)
async def test_what_cannot_be_asked_is_told_in_words(shop: Shop, kind: str, params: Any, why: str) -> None:
    asked = {"product_id": 1, "query_type": kind, "query_params": params}
    answer = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert answer.status_code == 400
    assert why in answer.json()["messages"][0]


OF_AB_TESTS = "variation_is variation is_original people converted conversion improvement significance".split()
RUNS = (f"/query/reports/{REPORT}/run", f"/v2/products/{product_uuid(1)}/reports/{REPORT}/run")


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(
    ("kind", "question", "columns", "rows"),
    [
        (
            "funnel",
            {"steps": STEPS},
            ["step", "label", "people", "from_previous", "from_first", "median_seconds", "average_seconds"],
            [[1, "visited site", 1, None, 1.0, None, None], [2, "Bought", 0, 0.0, 0.0, None, None]],
        ),
        (
            "cohort",
            {"first": VISITED, "again": PURCHASED, "period": "day", "periods": 1},
            ["cohort", "people", "period_0", "period_1"],
            [["2026-10-25", 1, 0, 0], ["2026-10-26", 0, 0, None]],
        ),
        (
            "ab_test",
            {"property": "plan", "goal": PURCHASED, "original": "Silver"},
            OF_AB_TESTS,
            [
                ["value", "Gold", False, 1, 0, 0.0, None, None],
                ["value", "Silver", True, 1, 0, 0.0, None, None],
            ],
        ),
    ],
)  # fmt: skip
async def test_reports_that_are_kept_run_for_dates(
    shop: Shop, run: str, kind: str, question: Any, columns: list[str], rows: list[list[Any]]
) -> None:
    """From the seventh second of yesterday's on: Ann came before, and bought once after."""
    await shop.place.decide(ReportSaved(1, REPORT, "Kept", kind, KEYRING.seal(json.dumps(question))))
    dates = {"start_date": DAY + 6, "end_date": NOW}
    begun = await shop.place.http.post(run, headers=HOLDER, json={"report": dates} if "/v2/" not in run else dates)
    assert begun.status_code == 202, begun.text

    done = await shop.ended(begun.headers["location"])
    assert done.status_code == 201, done.text
    results = await shop.get(done.headers["location"])
    if "/v2/" in run:
        assert sorted(results["data"], key=str) == sorted(rows, key=str)
    else:
        assert [column["display_name"] for column in results["columns"]] == columns
        assert sorted(results["rows"], key=str) == sorted(rows, key=str)
