"""The walks of real clients through the three Query APIs, step by step as their code takes them. What one of them looks
for is looked for here in the same place, by the same name.
"""

import base64
import json
from functools import partial
from typing import Any

import httpx
import pytest

from testkit.edges import KEYRING
from testkit.people_shop import DAY, HOLDER, Shop
from testkit.query_place import TOKEN, product_uuid
from testkit.waiting import until_told
from tilde.domain.catalog.saved_reports import ReportSaved

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

REPORT = "64361c30-4a48-4131-8cbb-22000a9f1c0f"
VISITED: dict[str, Any] = {"type": "event", "event": "visited site"}
PURCHASED: dict[str, Any] = {"type": "event", "event": "purchased"}
PLAN = {"type": "last_value_in_range", "subject": "plan", "label": "Plan"}
LAST = {"type": "last_date_in_range", "subject": "purchased", "label": "Last"}


async def saved(shop: Shop, filter_: dict[str, Any], *calculations: dict[str, Any]) -> None:
    question = {"type": "group", "filter": filter_, "calculations": list(calculations)}
    body = KEYRING.seal(json.dumps(question))
    await shop.place.decide(ReportSaved(1, REPORT, "Buyers", "people_search_v2", body))


async def links_of_report(shop: Shop) -> list[dict[str, Any]]:
    (report,) = (await shop.get("/core/reports?limit=1000"))["data"]
    links: list[dict[str, Any]] = report["links"]
    return links


class ScriptInRuby:
    """Kissmetrics' own script for people searches, which speaks the first API."""

    def __init__(self, http: httpx.AsyncClient, limit: int) -> None:
        self._http = http
        self._limit = {"limit": str(limit)}

    async def search(self, run: str, start_date: str, end_date: str) -> tuple[list[str], list[list[Any]]]:
        """Headings and rows, all pages; the dates are texts."""
        body = {"report": {"start_date": start_date, "end_date": end_date}}
        begun = await self._http.post(run, headers=HOLDER, json=body)
        assert begun.status_code == 202
        status = begun.headers["location"]
        assert (await self._http.get(status, headers=HOLDER, params=self._limit)).status_code in {200, 201}
        done = await self._polled(status)
        assert done.status_code == 201
        return await self._read(done.headers["location"])

    async def _polled(self, status: str) -> httpx.Response:
        def is_done(answer: httpx.Response) -> bool:
            said = answer.json()
            has_ended = said["completed"] is True or said.get("error") is not None
            assert has_ended or 0 <= said["progress"] < 1
            return has_ended

        return await until_told(partial(self._http.get, status, headers=HOLDER, params=self._limit), is_done)

    async def _read(self, results: str) -> tuple[list[str], list[list[Any]]]:
        answer = await self._http.get(results, headers=HOLDER, params=self._limit)
        assert answer.status_code == 200
        rows = answer.json()["rows"]
        while (following := [link for link in answer.json()["links"] if link["rel"] == "next"])[:1]:
            answer = await self._http.get(following[0]["href"], headers=HOLDER)
            rows += answer.json()["rows"]
        columns = answer.json()["columns"]
        assert len(rows) == answer.json()["total"]
        return [f"{column['display_name']} ({column['display_return_option']})" for column in columns], rows


async def test_the_script_in_ruby_searches_people(shop: Shop) -> None:
    """A saved report; it follows `next` until there is none."""
    often = {"type": "total_times_in_range", "subject": "purchased", "label": "Purchased"}
    await saved(shop, {"type": "or", "operands": [VISITED, PURCHASED]}, PLAN, often, LAST)
    run = next(link["href"] for link in await links_of_report(shop) if link["rel"] == "run")
    headings, rows = await ScriptInRuby(shop.place.http, limit=1).search(run, str(DAY - 86_400), str(DAY + 86_400))

    assert headings == [
        *("KMID (internal)", "Person (internal)", "Plan (Last)"),
        *("Purchased (Total Times for Date Range)", "Last (Date of Last Time for Date Range)"),
    ]
    assert {row[1]: row[2] for row in rows} == {"ann@example.com": "Gold", "bob": None, "cid": "Silver"}
    assert all(isinstance(row[0], int) for row in rows)


class FirstScriptInRuby:
    """The same in its first form, which speaks to a host of queries alone: its token is a parameter, in the body and
    then in the query, and it follows links without one.
    """

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._params = {"api_key": token, "limit": "1"}

    async def search(self, report: str) -> list[list[Any]]:
        """All rows."""
        dates = {"start_date": str(DAY - 86_400), "end_date": str(DAY + 86_400), "limit": 100_000}
        body = json.dumps({"api_key": self._params["api_key"], "report": dates})
        json_ = {"content-type": "application/json"}
        begun = await self._http.post(f"/v1/reports/{report}/run", headers=json_, content=body)
        assert begun.status_code == 202
        status = begun.headers["location"]
        assert status.endswith(f"/v1/queries/{begun.json()['query_guid']}/status")
        ask = partial(self._http.get, status, params=self._params)
        done = await until_told(ask, lambda said: said.status_code != 200 or said.json().get("error"))
        assert done.status_code == 201
        answer = await self._http.get(done.headers["location"], params=self._params)
        rows: list[list[Any]] = answer.json()["rows"]
        while (following := [link for link in answer.json()["links"] if link["rel"] == "next"])[:1]:
            answer = await self._http.get(following[0]["href"])
            rows += answer.json()["rows"]
        return rows


async def test_the_first_script_in_ruby_searches_people(shop: Shop) -> None:
    await saved(shop, {"type": "or", "operands": [VISITED, PURCHASED]}, PLAN)
    rows = await FirstScriptInRuby(shop.place.http, TOKEN).search(REPORT)

    assert {row[1]: row[2] for row in rows} == {"ann@example.com": "Gold", "bob": None, "cid": "Silver"}


async def test_links_have_a_token_where_the_address_had_it_and_there_alone(shop: Shop) -> None:
    """Whose token is in a header keeps it out of addresses. No other Query API takes it as a parameter."""
    await saved(shop, PURCHASED)
    run, body = f"/v1/reports/{REPORT}/run", {"report": {}}
    status = (await shop.place.http.post(f"{run}?api_key={TOKEN}", json=body)).headers["location"]
    assert "api_key" not in status
    await shop.ended(status)
    results = status.replace("/status", "/results")
    by_query = await shop.place.http.get(f"{results}?api_key={TOKEN}&limit=1")
    by_both = await shop.place.http.get(f"{results}?api_key={TOKEN}&limit=1", headers=HOLDER)

    assert by_both.json()["links"] == [
        {**link, "href": link["href"].replace(f"?api_key={TOKEN}", "").replace(f"&api_key={TOKEN}", "")}
        for link in by_query.json()["links"]
    ]
    for link in by_query.json()["links"]:
        assert (await shop.place.http.get(link["href"])).status_code == 200
    for wrong in (results, f"{results}?api_key=nobody's", f"/v3/products?api_key={TOKEN}", f"/core?api_key={TOKEN}"):
        assert (await shop.place.http.get(wrong)).status_code == 401
    for said in ({"api_key": 7}, {"api_key": "nobody's"}, [TOKEN], None):
        assert (await shop.place.http.post(run, json=said)).status_code == 401


@pytest.mark.parametrize(
    "run",
    [
        f"/v1/reports/{REPORT}/run",
        f"/query/reports/{REPORT}/run",
        f"/v2/products/{product_uuid(1)}/reports/{REPORT}/run",
    ],
)
async def test_a_report_is_run_without_a_body_of_all_time(shop: Shop, run: str) -> None:
    """Who has the token in the address, or in a header, has nothing else to say."""
    await saved(shop, PURCHASED)
    without = await shop.place.http.post(run, headers=HOLDER)
    with_all = await shop.place.http.post(run, headers=HOLDER, json={})
    rows = [await _rows(shop, answer.headers["location"]) for answer in (without, with_all)]

    assert (without.status_code, len(rows[0])) == (202, 2)
    assert rows[0] == rows[1]
    assert (await shop.place.http.post(run, headers=HOLDER, content=b"{")).status_code == 400


async def _rows(shop: Shop, status: str) -> list[object]:
    results = (await shop.found(status)).headers["location"]
    told: dict[str, list[object]] = (await shop.place.http.get(results, headers=HOLDER)).json()
    return told.get("rows") or told["data"]


async def test_the_script_in_ruby_hears_why_there_is_no_answer(shop: Shop) -> None:
    missing = await shop.place.http.post("/query/reports/nothing/run", headers=HOLDER, json={"report": {}})
    assert missing.json() == {
        "message": "Invalid report_guid provided: report not found.",
        "error": "Not Found",
        "status": 404,
    }


class ClientInR:
    """kissr, which speaks the second API: it finds its way by names of links."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def read(self, run: str, body: dict[str, Any]) -> list[list[Any]]:
        """All rows without their first column, which it drops."""
        begun = await self._http.post(run, headers=HOLDER, json=body)
        assert begun.status_code < 300
        status = _named(begun.json(), "Status")
        ask = partial(self._http.get, status, headers=HOLDER)
        done = await until_told(ask, lambda answer: answer.json()["data"]["completed"])
        results = _named(done.json(), "Results")
        first = (await self._http.get(results, headers=HOLDER)).json()["pagination"]
        rows: list[list[Any]] = []
        for offset in range(0, first["total"] + 1, first["limit"]):
            page = await self._http.get(f"{results}?limit={first['limit']}&offset={offset}", headers=HOLDER)
            rows += [row[1:] for row in page.json()["data"]]
        return rows


def _named(said: Any, name: str) -> str:
    (href,) = [link["href"] for link in said["links"] if link["name"] == name]
    assert isinstance(href, str)
    return href


async def test_the_client_in_r_reads_a_report(shop: Shop) -> None:
    """Its dates have an offset without a colon."""
    await saved(shop, PURCHASED, LAST)
    run = _named({"links": await links_of_report(shop)}, "Run V2")
    dates = {"start_date": "2026-10-25T00:00:00+0000", "end_date": "2026-10-26T00:00:00+0000"}

    rows = await ClientInR(shop.place.http).read(run, dates)
    assert dict(rows) == {"ann@example.com": DAY + 10, "bob": DAY + 5}


async def test_the_client_in_r_puts_a_search_of_its_own(shop: Shop) -> None:
    """Events and properties by their index, a key that it misspells, and in the order that it says."""
    listed = (await shop.get("/core/events?limit=1000"))["data"]
    index = {event["name"]: event["index"] for event in listed}
    any_time = {"dateRangeId": "any_time"}
    body = {
        "sort": "1",
        "order": "desc",
        "product_id": product_uuid(1),
        "query_params": {
            "type": "group",
            "filter": {
                "type": "and",
                "version": 2,
                "options": {"defaultDateRange": any_time},
                "operands": [
                    {
                        "type": "event",
                        "negate": False,
                        "event": index["purchased"],
                        "frequencyValue": 1,
                        "frequencyOccurance": "at_least",
                        "comparisonMode": "any_value",
                        "dateRange": any_time,
                    }
                ],
            },
            "defaultCalculationDateRange": any_time,
            "calculations": [{"type": "total_times_in_range", "subject": index["purchased"], "label": "Often"}],
        },
    }
    run = f"/v2/products/{product_uuid(1)}/reports/people_search"

    assert await ClientInR(shop.place.http).read(run, body) == [["bob", 1], ["ann@example.com", 2]]


class ClientOfTheThird:
    """A desktop client of the third API: user and password, made into Basic once, and a look until it is complete."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._headers = {"authorization": f"Basic {base64.b64encode(f'ann@example.com:{TOKEN}'.encode()).decode()}"}

    async def listed(self, path: str) -> list[Any]:
        """A list, which is `data`."""
        answer = await self._http.get(f"/v3/{path}", headers=self._headers)
        assert answer.status_code == 200
        data: list[Any] = answer.json()["data"]
        return data

    async def query(self, path: str, body: dict[str, Any]) -> list[Any]:
        """What it finds; a thing that goes wrong ends the looking, too."""
        put = await self._http.post(f"/v3/{path}", headers=self._headers, json=body)
        assert put.status_code == 200, put.text
        ask = partial(self._http.get, f"/v3/queries/{put.json()['id']}?limit=10000", headers=self._headers)
        done = await until_told(ask, lambda answer: answer.json()["completed"])
        data: list[Any] = done.json()["data"]
        return data


async def test_a_client_of_the_third_api_looks_for_names_and_asks_by_index(shop: Shop) -> None:
    """It shows what is visible, under name and index. One list it asks for with a slash at the end."""
    client = ClientOfTheThird(shop.place.http)
    (product,) = await client.listed("products/")
    events = [
        event for event in await client.listed(f"products/{product['id']}/events?limit=10000") if event["visible"]
    ]
    index = {event["name"]: event["index"] for event in events}
    asked = {"product_id": product["id"], "query_type": "people_search"}
    rows = await client.query(
        "queries", {**asked, "query_params": {"filter": {"type": "event", "event": index["purchased"]}}}
    )

    assert {row["identity"] for row in rows} == {"ann@example.com", "bob"}


async def test_a_client_of_the_third_api_runs_a_report(shop: Shop) -> None:
    """By its number, for days that have a name; and may have it as another type."""
    await saved(shop, PURCHASED)
    client = ClientOfTheThird(shop.place.http)
    (report,) = await client.listed("products/1/reports")
    of = {"report_id": report["id"]}

    assert len(await client.query("queries/report", of)) == 2
    today = {"date_range": {"type": "preset", "preset": "today"}}
    assert await client.query("queries/report", {**of, **today}) == []
    days = {"date_range": {"type": "custom", "start_date": DAY + 1, "end_date": DAY + 6}}
    assert [row["identity"] for row in await client.query("queries/report", {**of, **days})] == ["bob"]
    counted = await client.query("queries/report", {**of, "query_type": "people_count"})
    assert counted == {"count": 2}


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 404), ({"report_id": 99}, 404), ({"report_id": REPORT, "date_range": 7}, 400), ([], 400)],
)
async def test_a_report_that_is_not_there_or_dates_that_are_none_are_refused(
    shop: Shop, body: Any, status: int
) -> None:
    await saved(shop, PURCHASED)
    answer = await shop.place.http.post("/v3/queries/report", headers=HOLDER, json=body)
    assert answer.status_code == status


async def test_a_client_of_the_third_api_stops_looking_at_what_cannot_be_answered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is complete, and has no data."""
    path = await shop.put(PURCHASED)
    await shop.place.http.delete(path, headers=HOLDER)
    said = await shop.get(path)

    assert (said["completed"], said["cancelled"], said["error"]) == (True, True, "cancelled")
    assert "data" not in said


async def test_the_desktop_client_of_sql_asks_which_products_have_it_and_then_its_statement(shop: Shop) -> None:
    """It puts an empty statement for each product, and leaves out those that are 403."""
    client = ClientOfTheThird(shop.place.http)
    (product,) = await client.listed("products/")
    asked = {"product_id": product["id"], "query_type": "sql"}
    empty = {**asked, "query_params": {"statement": ""}}
    assert (await shop.place.http.post("/v3/queries", headers=HOLDER, json=empty)).status_code == 400

    first = {"statement": 'SELECT * FROM "records" ORDER BY timestamp_ms LIMIT 1'}
    (row,) = await client.query("queries", {**asked, "query_params": first})
    assert (row["person_id"], row["timestamp_ms"]) == ("ann@example.com", (DAY - 50) * 1000)
    counted = {"statement": "SELECT count(*) AS n FROM records"}
    assert await client.query("queries", {"product_id": 1, "query_params": counted}) == [{"n": 6}]
    assert await client.query("queries", {"product_id": 1, **counted}) == [{"n": 6}]
    later = {"query_params": {"start_date": DAY + 8}, "query_type": "sql"}
    assert await client.query("queries", {"product_id": 1, **counted, **later}) == [{"n": 2}]


async def test_the_desktop_client_of_sql_shows_events_by_their_names(shop: Shop) -> None:
    """It looks for the event in its list, by what column `event` has, and shows nothing where it is not there."""
    client = ClientOfTheThird(shop.place.http)
    listed = await client.listed("products/1/events?limit=10000")
    asked = {"statement": 'SELECT event, count(*) AS n FROM "records" WHERE is_event() GROUP BY event'}
    rows = await client.query("queries", {"product_id": 1, "query_type": "sql", "query_params": asked})
    shown = {
        event["name"]: row["n"]
        for row in rows
        for event in listed
        if event["visible"] and event["index"] == row["event"]
    }

    assert shown == {"purchased": 3, "visited site": 2}


async def test_the_third_apis_own_example_is_understood(shop: Shop) -> None:
    """Who bought at least once, and the last plan of each; with what it spells in two ways."""
    index = {
        noun: {one["name"]: one["index"] for one in (await shop.get(f"/v3/products/1/{noun}"))["data"]}
        for noun in ("events", "properties")
    }
    ever = {"type": "any_time"}
    bought = {"negate": False, "type": "event", "event": index["events"]["purchased"], "date_range": ever}
    bought |= {"frequency_occurence": "at_least", "frequency_value": 1}
    plan = {"negate": False, "type": "property", "property": index["properties"]["plan"], "date_range": ever}
    params = {
        "type": "group",
        "filter": {"type": "and", "operands": [bought]},
        "calculations": [
            {
                "type": "last_value_in_range",
                "subject": plan | {"comparison_mode": "any_value"},
                "date_range_label": "Ever",
            }
        ],
    }
    rows = await ClientOfTheThird(shop.place.http).query(
        "queries", {"product_id": 1, "query_type": "people_search", "query_params": params}
    )

    assert {row["identity"]: row["columns"] for row in rows} == {"ann@example.com": ["Gold"], "bob": [None]}


async def test_parameters_may_be_texts_of_json_as_the_documentation_types_them(shop: Shop) -> None:
    """A text that is none is no filter; what a filter compares with stays a text."""
    client = ClientOfTheThird(shop.place.http)
    asked = {"product_id": 1, "query_type": "people_search", "date_range": '{"type": "any_time"}'}
    often = {"type": "total_times_in_range", "subject": PURCHASED}
    params = {"type": "group", "filter": json.dumps(PURCHASED), "calculations": json.dumps([often])}
    for said in (params, json.dumps(params)):
        rows = await client.query("queries", {**asked, "query_params": said})
        assert {row["identity"]: row["columns"] for row in rows} == {"ann@example.com": [2], "bob": [1]}
    braced = {"type": "property", "property": "plan", "comparison_mode": "equals", "comparison_string": "{}"}
    assert await client.query("queries", {**asked, "query_params": {"filter": json.dumps(braced)}}) == []
    for wrong in ("{", "[1", "purchased"):
        body = {**asked, "query_params": {"filter": wrong}}
        assert (await shop.place.http.post("/v3/queries", headers=HOLDER, json=body)).status_code == 400


async def test_one_person_is_told_by_any_of_his_identities(shop: Shop) -> None:
    """And nobody by one that nobody has."""
    often = {"type": "total_times_in_range", "subject": PURCHASED}
    for who, found in (("anonymous-1", [["ann@example.com", [2]]]), ("cid", [["cid", [0]]]), ("dan", [])):
        params = {"type": "identity", "identity": who, "calculations": [often]}
        said = await shop.complete(await shop.ask("people_search", params))
        assert [[row["identity"], row["columns"]] for row in said["data"]] == found


async def test_people_are_counted_by_conditions_that_all_hold(shop: Shop) -> None:
    gold = {**PURCHASED, "with_property": True, "property": "plan", "comparison_mode": "any_value"}
    for conditions, count in (([PURCHASED], 2), ([PURCHASED, gold], 1), ([PURCHASED, VISITED], 1), ([], 3)):
        said = await shop.complete(await shop.ask("people_count", {"conditions": conditions}))
        assert said["data"] == {"count": count}
    for params in ({"conditions": [], "segments": [{"property": "plan"}]}, {"conditions": [], "filter": PURCHASED}):
        body = {"product_id": 1, "query_type": "people_count", "query_params": params}
        refused = await shop.place.http.post("/v3/queries", headers=HOLDER, json=body)
        assert refused.status_code == 400


async def test_dates_stand_beside_the_parameters_or_in_them(shop: Shop) -> None:
    """By their name, too; the number of a product may be a text. Who did it not was told to have done it never."""
    client = ClientOfTheThird(shop.place.http)
    often = {"type": "total_times_in_range", "subject": "purchased", "label": "Often"}
    params = {"filter": PURCHASED, "calculations": [often]}
    asked = {"product_id": "1", "query_type": "people_search"}
    days = {"type": "custom", "start_date": DAY + 1, "end_date": DAY + 6}

    inside = await client.query("queries", {**asked, "query_params": {**params, "date_range": days}})
    assert [(row["identity"], row["columns"]) for row in inside] == [("bob", [1])]
    assert await client.query("queries", {**asked, "query_params": params, "date_range": days}) == inside
    assert await client.query("queries", {**asked, "query_params": {**params, "date_range": "today"}}) == []
    everybody = await client.query("queries", {**asked, "query_params": {"calculations": [often]}})
    assert {row["identity"]: row["columns"] for row in everybody} == {"ann@example.com": [2], "bob": [1], "cid": [0]}
