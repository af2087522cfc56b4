"""Questions about people over real tables, and the three Query APIs that ask them: from the request that tracked to the
rows of the answer.
"""

import csv
import json
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest

from api.reads.people.people import People
from api.reads.people.searched_texts import KEYS_OF_A_TEXT, NO_KEYS
from api.reads.tables import Tables
from api.wiring import build_app
from testkit.edges import KEYRING
from testkit.people_shop import DAY, HOLDER, Shop
from testkit.query_place import NOW, OPERATOR, SLASHED_TOKEN, QueryPlace, product_uuid
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductChanged
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated
from tilde.domain.sites.dates import MONDAY, SUNDAY
from tilde.web.http_clients import open_async_client

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

UUID, OTHERS_UUID = product_uuid(1), product_uuid(2)


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "event", "event": name, **more}


def plan(mode: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "property", "property": "plan", "comparison_mode": mode, "comparison_string": text, **more}


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        (event("purchased"), {"ann@example.com", "bob"}),
        (event(" Purchased:", frequency_value=2), {"ann@example.com"}),
        (event("purchased", negate=True), {"cid"}),
        (event("visited site", date_range={"type": "preset", "preset": "today"}), set()),
        (event("visited site", date_range={"dateRangeId": "last_7_days"}), {"ann@example.com", "cid"}),
        (plan("equals", "Gold"), {"ann@example.com"}),
        (plan("equals", "gold"), set()),
        (plan("contains", "l"), {"ann@example.com", "cid"}),
        (plan("begins_with", "Gold "), {"ann@example.com"}),
        (plan("ends_with", "ver"), {"cid"}),
        (plan("empty"), {"bob"}),
        ({"type": "property", "property": "amount", "comparison_mode": "greater_than", "comparison_string": "20"},
         {"ann@example.com"}),
        ({"type": "property", "property": "amount", "comparison_mode": "between", "comparison_string": "5,20"},
         {"ann@example.com", "bob"}),
        ({"type": "property", "property": "phone", "comparison_mode": "equals", "comparison_string": "15551234567"},
         {"bob"}),
        ({"type": "then", "operands": [event("visited site"), event("purchased")]}, {"ann@example.com"}),
        ({"type": "then", "operands": [event("purchased"), event("visited site")]}, set()),
        ({"type": "or", "operands": [event("nobody did this"), event("visited site", frequency_value=1)]},
         {"ann@example.com", "cid"}),
        (event("purchased", with_property=True, property="plan", comparison_mode="equals", comparison_string="Gold"),
         {"ann@example.com"}),
        ({"type": "and", "operands": []}, {"ann@example.com", "bob", "cid"}),
    ],
)  # fmt: skip
async def test_a_filter_finds_whom_it_says(shop: Shop, filter_: Any, found: set[str]) -> None:
    """An identity that became another person's is that person."""
    assert await shop.who(filter_) == found


@pytest.mark.parametrize(("week_begins", "found"), [(MONDAY, set()), (SUNDAY, {"ann@example.com", "cid"})])
async def test_a_week_begins_as_the_operator_says(shop: Shop, week_begins: int, found: set[str]) -> None:
    """It is Monday, and all was done on Sunday."""
    await shop.place.http.aclose()
    app = build_app(replace(shop.place.parts, week_begins=week_begins))
    shop.place.http = open_async_client(httpx.ASGITransport(app), base_url="http://tilde")

    assert await shop.who(event("visited site", date_range={"dateRangeId": "this_week"})) == found


async def test_what_is_told_of_each_person(shop: Shop) -> None:
    """Of all identities of his together; a value that is a text is opened, and what he never did is null, or 0 times."""
    path = await shop.put(
        event("purchased"),
        {"type": "total_times_in_range", "event": "purchased", "label": "Often"},
        {"type": "first_date_in_range", "subject": "visited site"},
        {"type": "last_date_in_range", "event": "purchased"},
        {"type": "first_value_in_range", "subject": "plan"},
        {"type": "last_value_in_range", "subject": "amount"},
    )
    said = await shop.complete(path)
    day = NOW - 86_400

    assert said["columns"] == ["Often", "visited site", "purchased", "plan", "amount"]
    assert {row["identity"]: row["columns"] for row in said["data"]} == {
        "ann@example.com": [2, day - 50, day + 10, "Gold plus", 20.0],
        "bob": [1, None, day + 5, None, 5.0],
    }
    assert said["pagination"] == {"total": 2, "offset": 0, "limit": 50}


async def test_numbers_of_a_property_are_told_of_each_person(shop: Shop) -> None:
    """Of all of his identities; of one event and second the last that came. A text is no number, and who said none has
    null.
    """
    tracked = {"_d": "1", "_n": "Tipped", "_p": "ann@example.com"}
    for at, amount in ((1, "7"), (2, "-1.5"), (2, "2"), (3, "much"), (4, "4")):
        await shop.tables.track("/e", **tracked, _t=str(DAY + at), tip=amount)
    await shop.tables.track("/e", **{**tracked, "_p": "anonymous-1"}, _t=str(DAY + 4), tip="5")
    await shop.tables.track("/e", **tracked, _t=str(DAY + 50), tip="6")
    await shop.tables.fill()
    within = {"start_date": DAY, "end_date": DAY + 10}
    kinds = [f"{what}_value_in_range" for what in ("total", "min", "max", "avg", "median")]
    path = await shop.put(
        event("purchased"), *({"type": kind, "subject": "tip", "date_range": within} for kind in kinds)
    )
    rows = (await shop.complete(path))["data"]

    assert {row["identity"]: row["columns"] for row in rows} == {
        "ann@example.com": [14, 2, 7, 14 / 3, 5],
        "bob": [None] * 5,
    }


async def test_pages_give_each_person_once(shop: Shop) -> None:
    path = await shop.put({"type": "and", "operands": []})
    await shop.complete(path)
    pages = [await shop.get(f"{path}?limit=2&offset={offset}") for offset in (0, 2, 4)]

    assert [len(page["data"]) for page in pages] == [2, 1, 0]
    assert {row["identity"] for page in pages for row in page["data"]} == {"ann@example.com", "bob", "cid"}


async def test_people_are_counted(shop: Shop) -> None:
    said = await shop.complete(await shop.put(event("purchased"), kind="people_count"))
    assert said["data"] == {"count": 2}


async def test_who_was_erased_is_a_number_and_his_texts_are_nobodys(shop: Shop) -> None:
    """Counts stay as they were."""
    keyholders = shop.tables.edge.keyholders
    (cid,) = [record for record in shop.tables.edge.records() if record["name"] == "visited site"][1:]
    await keyholders.take_away(1, 1, {cid["identity"]})
    await keyholders.sweep(1)
    said = await shop.complete(await shop.put(event("visited site")))

    assert [row["identity"] for row in said["data"]].count(None) == 1
    assert await shop.who(plan("contains", "il")) == set()
    assert await shop.who(plan("contains", "Gold")) == {"ann@example.com"}


async def test_texts_of_a_property_that_has_numbers_too_are_looked_into(shop: Shop) -> None:
    """And one of numbers alone has no text with a part like it; nor is a number told as one."""
    await shop.tables.track("/s", _p="bob", _d="1", _t=str(DAY + 20), plan="7")
    await shop.tables.fill()
    people = People(Tables(shop.place.store, lambda: 1))

    assert await shop.who(plan("contains", "ol")) == {"ann@example.com"}
    assert await shop.who({**plan("contains", "ol"), "property": "amount"}) == set()
    assert await shop.sql("SELECT count(*) FROM records WHERE property_value('plan') LIKE '%ol%'") == [[2]]
    texts = await people.texts(1, "plan", KEYS_OF_A_TEXT)
    assert len(texts) == 3
    assert 0 not in texts
    assert set(await people.keys_of_texts(1, "plan", [0, *texts])) == set(texts)


async def test_a_text_is_found_as_long_as_one_has_it_who_was_not_erased(shop: Shop) -> None:
    """Also where all were erased as whom it is looked at first."""
    for number in range(KEYS_OF_A_TEXT + 1):
        await shop.tables.track("/s", _p=f"clerk {number}", plan="Platinum")
    await shop.tables.fill()
    texts = await People(Tables(shop.place.store, lambda: 1)).texts(1, "plan", KEYS_OF_A_TEXT)
    keyholders = shop.tables.edge.keyholders
    (tried,) = [{each.key for each in sealed} for sealed in texts.values() if len(sealed) == KEYS_OF_A_TEXT]
    numbers = {one["identity"]: one["key"] for one in shop.tables.edge.records() if one["key"] in tried}
    await keyholders.take_away(1, 1, set(numbers))
    await keyholders.sweep(1)
    said = await shop.complete(await shop.put(plan("contains", "atin")))

    assert len(numbers) == KEYS_OF_A_TEXT
    assert [row["identity"] is None for row in said["data"]].count(True) == KEYS_OF_A_TEXT
    assert len(said["data"]) == KEYS_OF_A_TEXT + 1


async def test_without_the_keys_a_text_is_equal_to_one_and_no_more_is_told(place: QueryPlace, shop: Shop) -> None:
    keyless = Shop(place, shop.tables)
    assert await keyless.who(plan("equals", "Gold")) == {None}
    said = await keyless.complete(await keyless.put(plan("contains", "Gold")))
    assert said["error"] == NO_KEYS
    await place.jobs.close()


async def test_a_query_that_was_cancelled_is_over(shop: Shop) -> None:
    path = await shop.put(event("purchased"))
    gone = await shop.place.http.delete(path, headers=HOLDER)
    assert gone.json() == {"id": path.rpartition("/")[2], "cancelled": True}
    assert (await shop.get(path))["cancelled"] is True


async def test_somebody_elses_query_and_nobodys_are_alike(shop: Shop) -> None:
    path = await shop.put(event("purchased"))
    others = {"authorization": f"Bearer {SLASHED_TOKEN}"}
    for asked in (path, "/v3/queries/0b9d7c0e-0c2b-5d55-8a43-9c3d7f0a6f21"):
        refused = await shop.place.get(asked, 404, headers=others)
        assert refused == {"status": 404, "messages": ["nothing is found by this id"]}
    assert (await shop.place.http.delete(path, headers=others)).status_code == 404
    foreign = {"product_id": 2, "query_type": "people_search", "query_params": {}}
    assert (await shop.place.http.post("/v3/queries", headers=HOLDER, json=foreign)).status_code == 404


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "the body is no JSON"),
        (b"[]", "the body is an object"),
        (b"{}", "query_type is one of people_search, people_count"),
        (b'{"query_type": "horoscope"}', "query_type is one of"),
        (b'{"query_type": "people_search", "product_id": 1, "query_params": {"filter": {"type": "x"}}}', "type is 'x'"),
        (
            b'{"query_type": "people_search", "product_id": 1, "query_params": {"calculations": [{"type": "x"}]}}',
            "calculation type is 'x'",
        ),
    ],
)
async def test_what_cannot_be_asked_is_told_at_once(shop: Shop, body: bytes, why: str) -> None:
    answer = await shop.place.http.post("/v3/queries", headers=HOLDER, content=body)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert why in answer.json()["messages"][0]


async def test_the_second_api_is_followed_by_its_links(shop: Shop) -> None:
    """As its client in R does: by the links named Status and Results."""
    body = {"query_params": {"type": "group", "filter": {"type": "and", "operands": [event("purchased")]}}}
    body["query_params"]["calculations"] = [{"type": "last_date_in_range", "event": "purchased", "label": "Last"}]
    http, day = shop.place.http, NOW - 86_400
    run = await http.post(f"/v2/products/{UUID}/reports/people_search", headers=HOLDER, json=body)
    assert (run.status_code, run.json()["data"]) == (202, {"message": "success"})
    status = named(run.json(), "Status")
    assert run.headers["location"] == status

    done = await shop.found(status)
    results = await shop.get(named(done.json(), "Results"))
    assert {row[1]: row[2] for row in results["data"]} == {"ann@example.com": day + 10, "bob": day + 5}
    assert results["pagination"] == {"total": 2, "offset": 0, "limit": 50}
    export = await http.get(f"{named(results, 'Export')}&limit=%20", headers=HOLDER | {"accept": "text/csv"})
    lines = export.text.splitlines()
    assert lines[0] == "KMID,Person,Last"
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["ann@example.com", "bob"]


async def test_times_of_the_second_api_are_those_of_the_products_clock_in_its_export_too(shop: Shop) -> None:
    """And those of the first are unix seconds."""
    await shop.place.decide(ProductChanged(1, "main", "", "Europe/Vienna"))
    last = {"type": "last_date_in_range", "event": "purchased", "label": "Last"}
    path = await shop.put(event("purchased"), last)
    await shop.complete(path)
    id_ = path.rpartition("/")[2]
    told = {}
    for api, rows in (("/query", "rows"), ("/v2", "data")):
        results = await shop.get(f"{api}/queries/{id_}/results")
        export = await shop.place.http.get(f"{api}/queries/{id_}/export", headers=HOLDER)
        told[api] = {row[1]: row[2] for row in results[rows]}
        assert {who: int(at) for _, who, at in list(csv.reader(export.text.splitlines()))[1:]} == told[api]

    assert told["/query"] == {"ann@example.com": NOW - 86_400 + 10, "bob": NOW - 86_400 + 5}
    assert told["/v2"] == {who: at + 3_600 for who, at in told["/query"].items()}


async def test_a_body_that_says_it_is_no_json_is_refused(shop: Shop) -> None:
    """In all three APIs; curl calls a body a form where it is told nothing, and some clients say nothing at all."""
    posts = {
        "/v3/queries": {"product_id": 1, "query_type": "people_count"},
        f"/v2/products/{UUID}/reports/people_search": {"query_params": {"filter": event("purchased")}},
    }
    other = ["/query/reports/x/run", "/query/metrics/x/over-time", "/v3/exports", "/v3/queries/report"]
    for path in (*posts, *other, "/v3/queries/metric"):
        for said in ("text/plain", "application/xml", "image/png", "multipart/form-data; boundary=x", "x"):
            headers = HOLDER | {"content-type": said}
            answer = await shop.place.http.post(path, headers=headers, content=orjson.dumps(posts.get(path, {})))
            assert answer.status_code == 415, (path, said)
            body = {"status": 415, "messages": ["a body is application/json"]}
            other_body = {"message": "a body is application/json", "error": "Unsupported Media Type", "status": 415}
            assert answer.json() == (body if path.startswith("/v3") else other_body)
    json = "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json", "text/json", ""
    for path, asked in posts.items():
        for said in (*json, "application/x-www-form-urlencoded"):
            headers = HOLDER | ({"content-type": said} if said else {})
            answer = await shop.place.http.post(path, headers=headers, content=orjson.dumps(asked))
            assert answer.status_code in {200, 202}, (path, said)
    unknown = await shop.place.http.post("/v3/queries", headers={"content-type": "text/plain"}, content=b"{}")
    assert unknown.status_code == 401
    assert (await shop.place.http.get("/v3/products", headers=HOLDER | {"content-type": "text/plain"})).is_success


async def test_ids_may_be_written_in_capitals_and_with_blanks_around_them(shop: Shop) -> None:
    """In paths, and in what is asked."""
    http, question = shop.place.http, {"filter": event("purchased"), "calculations": []}
    path = f"/v2/products/%20{UUID.upper()}%20/reports/people_search"
    assert (await http.post(path, headers=HOLDER, json={"query_params": question})).status_code == 202
    asked = {"product_id": f" {UUID.upper()} ", "query_type": "people_search", "query_params": question}
    put = (await http.post("/v3/queries", headers=HOLDER, json=asked)).json()["id"]

    assert (await shop.get(f"/v3/queries/%20{put.upper()}%20"))["id"] == put


@pytest.mark.parametrize(
    ("id_", "status", "why"),
    [
        (None, 400, "product_id is missing: the number of a product, or its UUID"),
        ("", 400, "product_id is missing: the number of a product, or its UUID"),
        ("shop", 400, "product_id is 'shop': it is the number of a product, or its UUID"),
        (True, 400, "product_id is True: it is the number of a product, or its UUID"),
        (2, 404, "product_id is 2: no product of yours is found by it"),
        (77, 404, "product_id is 77: no product of yours is found by it"),
        (OTHERS_UUID, 404, f"product_id is '{OTHERS_UUID}': no product of yours is found by it"),
    ],
)
async def test_what_is_wrong_with_a_product_is_told_by_the_name_of_its_key(
    shop: Shop, id_: Any, status: int, why: str
) -> None:
    """Somebody else's is as nobody's."""
    asked = {"query_type": "people_search", "query_params": {}} | ({} if id_ is None else {"product_id": id_})
    refused = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert (refused.status_code, refused.json()) == (status, {"status": status, "messages": [why]})


async def test_nobody_is_counted_where_a_property_was_forgotten(shop: Shop) -> None:
    """And with it nobody of whom it does not hold."""
    compared = {"comparison_mode": "equals", "comparison_string": "NoSuchPlan"}
    asked = {"product_id": 1, "query_type": "people_count", "query_params": {"filter": event("purchased", **compared)}}
    refused = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert (refused.status_code, refused.json()["messages"]) == (
        400,
        ["property is missing: comparison_mode and comparison_string say how one is compared"],
    )

    said = await shop.ask("people_count", {"filter": event("purchased", property="plan", **compared)})
    assert (await shop.complete(said))["data"] == {"count": 0}


@pytest.mark.parametrize(
    ("mode", "text", "with_what"),
    [
        ("greater_than", "lots", "a number"),
        ("less_than_or_equal_to", "nan", "a number"),
        ("between", "5", 'two numbers, as "5,20"'),
    ],
)
async def test_a_number_that_is_none_is_told_with_its_key(shop: Shop, mode: str, text: str, with_what: str) -> None:
    asked = {"product_id": 1, "query_type": "people_count", "query_params": {"filter": plan(mode, text)}}
    refused = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert (refused.status_code, refused.json()["messages"]) == (
        400,
        [f"comparison_string is '{text}': comparison_mode {mode} compares with {with_what}"],
    )


@pytest.mark.parametrize(
    ("type_", "question"),
    [
        ("people_search_v2", {"filter": {"type": "event"}}),
        ("people_search", {"filters": event("purchased")}),
        ("people_search_v2", {"calculations": 7}),
        ("funnel", {"steps": []}),
        ("sql", {"sql": "SELECT * FROM system.tables"}),
    ],
)
async def test_what_a_run_of_a_report_refuses_is_told_before_it_is_kept(
    shop: Shop, type_: str, question: dict[str, Any]
) -> None:
    """In the same words. To the operator, as an edge asks."""
    report, path = "64361c30-4a48-0131-0cbb-22000a9f1c0f", "/tilde/v1/products/1/questions"
    await shop.place.decide(ReportSaved(1, report, "Wrong", type_, KEYRING.seal(json.dumps(question))))
    run = await shop.place.http.post(f"/query/reports/{report}/run", headers=HOLDER, json={})
    right, other = ("people_search_v2", {"filter": event("purchased")}), ("horoscope", question)
    asked = [{"report_type": named, "question": said} for named, said in ((type_, question), right, other)]
    told = await shop.place.http.post(path, headers={"authorization": f"Bearer {OPERATOR}"}, json=asked)

    assert run.status_code == 400
    assert told.json() == [run.json()["message"], None, None]
    assert (await shop.place.http.post(path, headers=HOLDER, json=asked)).status_code == 401


async def test_the_first_api_runs_a_report_that_is_kept(shop: Shop) -> None:
    question = {"type": "group", "filter": event("purchased"), "calculations": []}
    body = KEYRING.seal(json.dumps(question))
    report, other = "64361c30-4a48-0131-0cbb-22000a9f1c0f", "64361c30-4a48-0131-0cbb-22000a9f1c10"
    await shop.place.decide(
        ReportSaved(1, report, "Buyers", "people_search_v2", body), ReportSaved(1, other, "F", "horoscope", body)
    )
    http, day = shop.place.http, NOW - 86_400
    dates = {"report": {"start_date": str(day + 1), "end_date": float(day + 9)}}
    (links, _) = (one["links"] for one in (await shop.get("/core/reports"))["data"])
    run = await http.post(named({"links": links}, "Run"), headers=HOLDER, json=dates)
    assert run.status_code == 202
    assert run.json()["success"] is True

    done = await shop.found(run.headers["location"])
    assert done.json() == {"completed": True, "progress": 1.0}
    results = await shop.get(done.headers["location"])
    assert [row[1] for row in results["rows"]] == ["bob"]
    assert [column["display_name"] for column in results["columns"]] == ["KMID", "Person"]
    assert (results["total"], results["metadata"]) == (1, {"limit": 50, "offset": 0})

    missing = await http.post("/query/reports/nothing/run", headers=HOLDER, json=dates)
    assert (missing.status_code, missing.json()["message"]) == (404, "Invalid report_guid provided: report not found.")
    funnel = await http.post(f"/query/reports/{other}/run", headers=HOLDER, json=dates)
    assert (funnel.status_code, funnel.json()["error"]) == (400, "Bad Request")


async def test_a_person_is_shown_with_all_that_is_known_of_him(shop: Shop) -> None:
    """By whichever identity of his; the acts are pages, by what was before a second."""
    day = NOW - 86_400
    path = "/tilde/v1/products/1/person?identity="
    ann = await shop.get(f"{path}anonymous-1")

    assert ann == await shop.get(f"{path}ann@example.com")
    assert (ann["product"], ann["who"]) == (1, "ann@example.com")
    assert [one["identity"] for one in ann["identities"]] == ["anonymous-1", "ann@example.com"]
    assert ann["person"] == min(one["number"] for one in ann["identities"])
    assert ann["properties"] == {
        "amount": {"value": 20.0, "at": day + 10},
        "plan": {"value": "Gold", "at": day + 10},
    }
    assert ann["acts"] == [
        {"at": day + 10, "event": "purchased", "properties": {"amount": 20.0, "plan": "Gold"}},
        {"at": day, "event": "purchased", "properties": {"amount": 99.5, "plan": "Gold plus"}},
        {"at": day - 50, "event": "visited site", "properties": {}},
    ]
    earlier = await shop.get(f"{path}anonymous-1&before={day + 10}&limit=1")
    assert earlier["acts"] == ann["acts"][1:2]
    cid = await shop.get(f"{path}cid")
    assert cid["acts"][0] == {"at": day + 8, "event": None, "properties": {"plan": "Silver"}}


async def test_by_an_identity_that_was_erased_nobody_is_found(shop: Shop) -> None:
    """Its person is by one that was not, and shows it as a number."""
    path = "/tilde/v1/products/1/person?identity="
    before = await shop.get(f"{path}ann@example.com")
    await shop.erase("anonymous-1")
    ann = await shop.get(f"{path}ann@example.com")

    assert "nobody has this identity" in json.dumps(await shop.get(f"{path}anonymous-1", 404))
    assert [one["identity"] for one in ann["identities"]] == [None, "ann@example.com"]
    assert (ann["person"], ann["who"]) == (before["person"], "ann@example.com")


async def test_who_came_back_is_found_again(shop: Shop) -> None:
    """What he did and said before is nobody's: not shown where he is, nor in columns about him, and counted still."""
    path = "/tilde/v1/products/1/person?identity=cid"
    before = await shop.get(path)
    await shop.erase("cid")
    await shop.get(path, 404)
    await shop.tables.track("/e", _p="cid", _n="Visited Site", _d="1", _t=str(NOW - 60))
    await shop.tables.fill()
    cid = await shop.get(path)

    assert (cid["person"], cid["who"]) == (before["person"], "cid")
    assert cid["properties"] == {}
    assert cid["acts"] == [{"at": NOW - 60, "event": "visited site", "properties": {}}]
    assert await shop.who(event("visited site")) == {"ann@example.com", "cid"}


async def test_numbers_of_who_came_back_by_one_identity_are_nobodys(shop: Shop) -> None:
    """Of all of his identities, in each column."""
    for identity in ("bob", "ann@example.com", "anonymous-1"):
        await shop.erase(identity)
    await shop.tables.track("/e", _p="ann@example.com", _n="Purchased", _d="1", _t=str(NOW - 60), amount="7")
    await shop.tables.fill()
    ann = await shop.get("/tilde/v1/products/1/person?identity=ann@example.com")

    assert ann["properties"] == {"amount": {"value": 7, "at": NOW - 60}}
    assert [act["at"] for act in ann["acts"]] == [NOW - 60]
    columns = [
        {"type": "first_date_in_range", "event": "purchased", "label": "first"},
        {"type": "first_value_in_range", "property": "amount", "label": "amount"},
    ]
    rows = (await shop.complete(await shop.put(event("purchased"), *columns)))["data"]
    assert sorted(row["identity"] or "" for row in rows) == ["", "ann@example.com"]
    (told,) = [list(row.values()) for row in rows if row["identity"]]
    assert told[-1] == [NOW - 60, 7]


async def test_a_person_is_shown_to_whose_product_it_is_and_the_operator(shop: Shop) -> None:
    path, http = "/tilde/v1/products/1/person?identity=cid", shop.place.http
    others = {"authorization": f"Bearer {SLASHED_TOKEN}"}
    operator = {"authorization": f"Bearer {OPERATOR}"}
    statuses = [(await http.get(path, headers=headers)).status_code for headers in ({}, others, operator)]
    assert statuses == [401, 404, 200]
    assert (await http.get(path.replace("/1/", "/77/"), headers=operator)).status_code == 404
    assert (await http.get(path.replace("cid", "nobody"), headers=operator)).status_code == 404
    assert (await http.get(f"{path}&limit=0", headers=operator)).status_code == 422


async def test_a_token_of_several_accounts_shows_their_people_where_it_is_for_who_did_what(shop: Shop) -> None:
    """As the Query APIs have it; it reaches no other account's product."""
    made = (("lists", (1,), Scope.CORE), ("people", (1,), Scope.QUERY), ("theirs", (2,), Scope.QUERY))
    for number, (text, accounts, scope) in enumerate(made, 1):
        hash_ = KEYRING.hash(KeyKind.TOKEN, text)
        await shop.place.decide(TokenCreated(number, text, hash_, accounts, (scope,), ""))
    statuses = {
        text: [
            (await shop.place.http.get(f"/tilde/v1/products/1/{path}", headers={"authorization": f"Bearer {text}"}))
            for path in ("person?identity=cid", "activity")
        ]
        for text, _, _ in made
    }

    assert {text: [each.status_code for each in answers] for text, answers in statuses.items()} == {
        "lists": [403, 403],
        "people": [200, 200],
        "theirs": [404, 404],
    }


async def test_the_numbers_of_a_person_are_told_where_nobody_can_open_anything(place: QueryPlace, shop: Shop) -> None:
    """By whichever identity of his, also when he was erased: who erases him asks for them, and may ask again."""
    path = "/tilde/v1/products/1/person"
    ann = await shop.get(f"{path}?identity=ann@example.com")
    numbers = {one["number"] for one in ann["identities"]}
    keyholders = shop.tables.edge.keyholders
    await keyholders.take_away(1, 1, numbers)
    await keyholders.sweep(1)
    operator = {"authorization": f"Bearer {OPERATOR}"}

    for identity in ("ann@example.com", "anonymous-1"):
        told = await place.get(f"{path}/numbers?identity={identity}", headers=operator)
        assert (set(told["numbers"]), told["person"]) == (numbers, ann["person"])
    assert len(numbers) == 2
    nobody = await place.get(f"{path}/numbers?identity=nobody", headers=operator)
    assert nobody == {"product": 1, "person": None, "numbers": []}
    assert (await place.http.get(f"{path}/numbers?identity=cid")).status_code == 401


async def test_the_second_api_runs_a_report_that_is_kept_of_the_product_that_has_it(shop: Shop) -> None:
    body = KEYRING.seal(json.dumps({"type": "group", "filter": event("purchased"), "calculations": []}))
    report = "64361c30-4a48-0131-0cbb-22000a9f1c11"
    await shop.place.decide(ReportSaved(1, report, "Buyers", "people_search_v2", body))
    http, day = shop.place.http, NOW - 86_400
    dates = {"start_date": day - 1, "end_date": day + 1}
    links = next(one["links"] for one in (await shop.get("/core/reports"))["data"] if one["id"] == report)
    run = await http.post(named({"links": links}, "Run V2"), headers=HOLDER, json=dates)

    assert run.status_code == 202
    done = await shop.found(named(run.json(), "Status"))
    assert [row[1] for row in (await shop.get(named(done.json(), "Results")))["data"]] == ["ann@example.com"]
    for path in (f"{UUID}/reports/{UUID}", f"{OTHERS_UUID}/reports/{report}"):
        missing = await http.post(f"/v2/products/{path}/run", headers=HOLDER, json=dates)
        assert (missing.status_code, missing.json()["error"]) == (404, "Not Found")
    for wrong in ([], {"start_date": "soon"}):
        refused = await http.post(f"/v2/products/{UUID}/reports/{report}/run", headers=HOLDER, json=wrong)
        assert refused.status_code == 400


async def test_a_token_that_is_for_what_there_is_learns_of_nobody_what_he_did(shop: Shop) -> None:
    """And one for questions reads no lists."""
    for number, (text, scope) in enumerate((("lists", Scope.CORE), ("people", Scope.QUERY)), 1):
        hash_ = KEYRING.hash(KeyKind.TOKEN, text)
        await shop.place.decide(TokenCreated(number, text, hash_, (1,), (scope,), ""))
    lists, people = ({"authorization": f"Bearer {text}"} for text in ("lists", "people"))
    put = await shop.put(event("purchased"))
    await shop.complete(put)
    body = {"product_id": 1, "query_type": "people_search", "query_params": {"filter": event("purchased")}}
    http = shop.place.http

    for path in ("/v3/queries", f"/v2/products/{UUID}/reports/people_search", "/query/reports/x/run"):
        assert (await http.post(path, headers=lists, json=body)).status_code == 403, path
    for path in (put, *(f"{api}/queries/{put.rpartition('/')[2]}/results" for api in ("/query", "/v2"))):
        assert (await http.get(path, headers=lists)).status_code == 403, path
        assert "ann@example.com" in (await http.get(path, headers=people)).text
    assert (await http.post("/v3/queries", headers=people, json=body)).status_code == 200
    assert (await http.get("/core/events", headers=people)).status_code == 403
    assert (await http.get("/core/events", headers=lists)).status_code == 200


def named(said: Any, name: str) -> str:
    return next(link["href"] for link in said["links"] if link["name"] == name)
