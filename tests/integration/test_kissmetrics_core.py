"""Kissmetrics' Core API over a real store: its directory, accounts, products, and the metrics that other dialects' posts
have made.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.kissmetrics.wire.timezones import zone_shown
from api.reads.stats import stat_list
from api.reads.tables import Tables
from testkit.edges import KEYRING
from testkit.query_place import NOW, SLASHED_TOKEN, TOKEN, QueryPlace, a_hit, product_uuid
from testkit.rows import NOON_MS, a_metric, a_property, an_event
from tilde.domain.catalog.account_contacts import Contact, ContactChanged, contact_json
from tilde.domain.catalog.account_report_hours import ReportScheduled
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import KeyRevoked, KeyStored
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductCreated
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.catalog.sites import SiteCreated, SiteDetails
from tilde.domain.catalog.stat_settings import StatRenamed
from tilde.domain.catalog.stats import StatCreated, StatDeleted
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated, TokenRevoked
from tilde.domain.catalog.user_records import UserDetails
from tilde.domain.catalog.users import UserCreated
from tilde.domain.people.uuids import event_uuid
from tilde.domain.sites.clock_setting import ClockSetting
from tilde.domain.stats.metrics import Kind, metric_id, metric_uuid
from tilde.store import Row

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
BEARER: Any = {"authorization": f"Bearer {TOKEN}"}
OTHERS: Any = {"authorization": f"Bearer {SLASHED_TOKEN}"}
FIRST, OTHER = product_uuid(1), product_uuid(2)
SECOND = "e7063aa0-0edf-0131-ead3-12313b0d181e"

REPORT = "64361c30-4a48-4131-8cbb-22000a9f1c0f"
STATUS = {"run": 405, "run_v2": 405, "metric-over-time": 202, "metric-by-segment": 400}  # of a GET that says nothing
"""Relations of what is asked for by POST alone."""
LISTS = ("accounts", "products", "reports", "events", "properties", "metrics")


async def ask(place: QueryPlace, path: str, status: int = 200, **headers: str) -> Any:
    return await place.get(path, status, headers=headers or BEARER)


async def walked(place: QueryPlace, path: str) -> list[Any]:
    """All items, as Kissmetrics' own scripts walk: from each page to the link that is called next."""
    items: list[Any] = []
    url: str | None = path
    while url is not None:
        page = await ask(place, url)
        items += page["data"]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    return items


def hrefs(resource: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in resource["links"]}


async def test_every_link_of_the_directory_leads_somewhere(place: QueryPlace) -> None:
    """Templates, filled in, too; and what stands in lists."""
    await place.insert("metric", a_metric("hits"))
    await place.insert("event", an_event())
    await place.insert("property", a_property())
    await place.decide(ReportSaved(1, REPORT, "My People Search", "people_search_v2", b"sealed"))
    root = await ask(place, "/core", host="stats.example", **BEARER)

    assert hrefs(root) == {"self": "http://stats.example/core"}
    links = root["data"]["links"]
    assert {link["rel"] for link in links if not link["templated"]} == {
        "self",
        *LISTS,
        "rels",
    }
    ids = {name: (await ask(place, f"/core/{name}"))["data"][0]["id"] for name in LISTS}
    for link in links:
        kind = link["href"].split("/core/")[1].split("/")[0] if "/core/" in link["href"] else ""
        url = link["href"].replace("{id}", ids.get(kind, "")).replace("{?limit,offset}", "?limit=1&offset=0")
        assert "{" not in url
        await ask(place, url)
    known = {rel["name"] for rel in (await ask(place, "/core/rels"))["data"]["rels"]}
    assert {link["rel"] for link in links} <= known
    for name in ids:
        for link in (await ask(place, f"/core/{name}"))["data"][0]["links"]:
            assert link["rel"] in known
            await ask(place, link["href"], STATUS.get(str(link["rel"]), 200))


async def test_an_account_is_told_as_the_documentation_tells_it(place: QueryPlace) -> None:
    answer = await ask(place, "/core/accounts")

    (account,) = answer["data"]
    assert answer["pagination"] == {"total": 1, "offset": 0, "limit": 20}
    assert list(account) == ["links", "contact", "updated_at", "created_at", "status", "name", "id"]
    assert UUID(account["id"]).version == 5
    assert account["name"] == "main"
    assert account["created_at"] == "2026-10-25T12:01:13Z"
    assert account["contact"] == {"phone": None, "country": None, "name": None}
    assert account["updated_at"] == account["created_at"]
    assert await ask(place, hrefs(account)["self"]) == account, "its details have their links, alone of all"


async def test_an_account_has_a_contact_and_when_it_was_changed(place: QueryPlace) -> None:
    """Its keys, its switches and its reports count."""
    sealed = KEYRING.seal(contact_json(Contact("Ann Größe", "+49 30 1", "")))
    changes = [ContactChanged(1, sealed), AccountChanged(1, ez=False, email_key=True), ReportScheduled(1, 7)]
    changes += [KeyStored(1, KEYRING.store(KeyKind.EZKEY, "new")), KeyRevoked(1, KeyKind.EZKEY)]
    for nth, change in enumerate(changes):
        await place.decide(change, at_ms=(NOW + nth) * 1000)
        (account,) = (await ask(place, "/core/accounts"))["data"]
        assert account["updated_at"] == f"2026-10-26T12:01:{13 + nth}Z"

    assert account["contact"] == {"phone": "+49 30 1", "country": None, "name": "Ann Größe"}
    assert account["created_at"] == "2026-10-25T12:01:13Z"
    assert await ask(place, hrefs(account)["self"]) == account
    await place.decide(ContactChanged(1, None))
    assert (await ask(place, "/core/accounts"))["data"][0]["contact"]["name"] is None


async def test_a_token_of_several_accounts_lists_what_all_of_them_have(place: QueryPlace) -> None:
    """Accounts, products and metrics, the oldest first, page by page; under an account its own alone. Revoked it is
    nobody's.
    """
    hash_ = KEYRING.hash(KeyKind.TOKEN, "of both")
    await place.decide(TokenCreated(1, "board", hash_, (1, 2), (Scope.CORE,), "anna"))
    await place.insert("metric", a_metric("hits"), a_metric("theirs", product=2, first_seen_at=NOON_MS - 60_000))
    both: Any = {"authorization": "Bearer of both"}

    accounts = await ask(place, "/core/accounts?limit=1", **both)
    assert accounts["pagination"]["total"] == 2
    second = await ask(place, hrefs(accounts)["next"], **both)
    assert [one["name"] for one in (*accounts["data"], *second["data"])] == ["main", "other"]
    assert [one["id"] for one in (await ask(place, "/core/products", **both))["data"]] == [FIRST, OTHER]
    assert [one["title"] for one in (await ask(place, "/core/metrics", **both))["data"]] == ["theirs", "hits"]
    (other,) = second["data"]
    assert await ask(place, hrefs(other)["self"], **both) == other
    (product,) = (await ask(place, hrefs(other)["products"], **both))["data"]
    assert product["id"] == OTHER
    await ask(place, hrefs(other)["self"], 404, **BEARER)
    await place.decide(TokenRevoked(1))
    await ask(place, "/core/accounts", 401, **both)


async def test_a_token_without_the_scope_is_told_so(place: QueryPlace) -> None:
    """And other dialects do not know it."""
    hash_ = KEYRING.hash(KeyKind.TOKEN, "queries only")
    await place.decide(TokenCreated(1, "", hash_, (1,), (Scope.QUERY,), ""))

    refused = await ask(place, "/core", 403, authorization="Bearer queries only")
    assert refused == {"message": "the access token is not for this", "error": "Forbidden", "status": 403}
    for path in ("/tilde/v1/stats", "/x/queries only/statlist"):
        await ask(place, path, 401, authorization="Bearer queries only")


async def test_an_id_may_be_written_in_capitals_and_with_blanks_around_it(place: QueryPlace) -> None:
    """Its links are written as all others are."""
    await place.decide(ProductCreated(1, 3, "second", SECOND, "", "", ()))
    await place.insert("metric", a_metric("hits", product=3))
    (metric,) = (await ask(place, f"/core/products/{SECOND}/metrics"))["data"]
    (account,) = (await ask(place, "/core/accounts"))["data"]

    for path in (
        *(f"/core/products/{SECOND}", f"/core/products/{SECOND}/metrics", f"/core/metrics/{metric['id']}"),
        *(f"/core/accounts/{account['id']}", f"/core/accounts/{account['id']}/products"),
    ):
        noun, id_, *rest = path.removeprefix("/core/").split("/")
        odd = "/".join(["/core", noun, f"%20{id_.upper()}%20", *rest])
        assert await ask(place, odd) == await ask(place, path)


async def test_products_are_those_of_the_token_alone(place: QueryPlace) -> None:
    created = ProductCreated(1, 3, "second", SECOND, "shop.example", "America/Denver", (), "staging")
    await place.decide(created, at_ms=NOW * 1000)

    first, second = (await ask(place, "/core/products"))["data"]
    assert first["name"] == "main"
    assert {name: value for name, value in second.items() if name != "links"} == {
        "id": SECOND,
        "account_id": (await ask(place, "/core/accounts"))["data"][0]["id"],
        "name": "second",
        "url": "http://shop.example",
        "status": "active",
        "environment": "staging",
        "timezone": "America/Denver",
        "created_at": "2026-10-26T12:01:13+00:00",
    }
    assert await ask(place, f"/core/products/{SECOND}") == second | {"links": []}
    assert (await ask(place, hrefs((await ask(place, "/core/accounts"))["data"][0])["products"]))["data"] == [
        first,
        second,
    ]
    others = (await ask(place, "/core/accounts", **OTHERS))["data"][0]
    for path in (f"/core/products/{SECOND}", f"/core/products/{SECOND}/metrics", hrefs(second)["account"]):
        refused = await ask(place, path, 404, **OTHERS)
        assert refused == {"message": "nothing is found by this id", "error": "Not Found", "status": 404}
    await ask(place, hrefs(others)["products"], 404)


async def test_a_web_site_is_a_product_with_its_clocks_zone(place: QueryPlace) -> None:
    user = UserCreated(1, 1, UserDetails(b"h", b"n", None, None, None, None, "", "", has_onsite_stats=False))
    details = SiteDetails("site.example", "site.example", (), "", -8 * 3600, "usa")
    await place.decide(user)
    await place.decide(SiteCreated(1, 1, 3, SECOND, details, ()))

    site = await ask(place, f"/core/products/{SECOND}")
    assert (site["name"], site["url"], site["timezone"]) == ("site.example", "http://site.example", "US/Pacific")


@pytest.mark.parametrize(
    ("hours", "rule", "shown"),
    [
        (-5, "usa", "US/Eastern"),
        (2, "eu", "Europe/Athens"),
        (5.5, "0", "+05:30"),
        (-3.5, "0", "-03:30"),
        (1, "1", "+02:00"),
        (3, "usa", "+03:00"),
        (0, "Asia/Tokyo", "Asia/Tokyo"),
    ],
)
async def test_a_clock_is_shown_as_the_zone_that_fits(hours: float, rule: str, shown: str) -> None:
    assert zone_shown(ClockSetting(int(hours * 3600), rule)) == shown


async def test_stats_of_other_dialects_are_metrics(place: QueryPlace) -> None:
    """A counter with a point, a value of a second product without one that is read; the older one first."""
    await place.decide(ProductCreated(1, 3, "second", SECOND, "", None, ()))
    await place.insert("metric", a_metric("hits"))
    await place.insert("metric", a_metric("load", "value", product=3, first_seen_at=NOON_MS - 60_000))
    await place.insert("metric", a_metric("theirs", product=2))
    await place.insert("point", a_hit(60))

    load, hits = (await ask(place, "/core/metrics"))["data"]
    assert {name: value for name, value in hits.items() if name != "links"} == {
        "config_last_changed_at": "2026-10-26T12:00:00+00:00",
        "color": None,
        "id": str(metric_uuid(1, "counter", metric_id(1, "counter", "hits"), "hits")),
        "product_id": FIRST,
        "title": "hits",
        "description": None,
        "unit_type": "numeric",
        "status": "active",
        "sort_index": 0,
        "is_visible": True,
    }
    assert (load["title"], load["status"], load["product_id"]) == ("load", "pending", SECOND)
    assert await ask(place, f"/core/metrics/{hits['id']}") == hits | {"links": []}
    assert (await ask(place, f"/core/products/{SECOND}/metrics"))["data"] == [load]
    await ask(place, f"/core/metrics/{hits['id']}", 404, **OTHERS)
    for nobodys in (str(uuid4()), "x", "%20"):
        await ask(place, f"/core/metrics/{nobodys}", 404)


async def test_a_renamed_metric_keeps_its_id_and_a_deleted_one_is_gone(place: QueryPlace) -> None:
    hits, made = metric_id(1, "counter", "hits"), metric_id(1, "counter", "made")
    await place.insert("metric", a_metric("hits"))
    await place.insert("metric", a_metric("gone"))
    await place.decide(StatCreated(1, made, Kind.COUNTER, "made"))
    await place.decide(StatDeleted(1, metric_id(1, "counter", "gone")), ends=[1] * 16)
    before = {one["title"]: one["id"] for one in (await ask(place, "/core/metrics"))["data"]}
    assert set(before) == {"hits", "made"}
    await place.decide(StatRenamed(1, hits, Kind.COUNTER, "hits", "clicks", None))

    answer = await ask(place, "/core/metrics")
    after = {one["title"]: one["id"] for one in answer["data"]}
    assert after == {"clicks": before["hits"], "made": before["made"]}
    assert answer["pagination"]["total"] == 2
    for title, id_ in after.items():
        assert (await ask(place, f"/core/metrics/{id_}"))["title"] == title
    gone = metric_uuid(1, "counter", metric_id(1, "counter", "gone"), "gone")
    await ask(place, f"/core/metrics/{gone}", 404)


async def test_many_decisions_are_listed_as_few_are(place: QueryPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.insert("metric", *(a_metric(f"m{i}", first_seen_at=NOON_MS + i % 3 * 1000) for i in range(7)))
    await place.insert("metric", a_metric("theirs", product=2))
    for name in ("m1", "m4"):
        await place.decide(StatDeleted(1, metric_id(1, "counter", name)), ends=[1] * 16)
    await place.decide(StatCreated(1, metric_id(1, "counter", "made"), Kind.COUNTER, "made"))

    paths = [f"/core/metrics?limit=2&offset={offset}" for offset in range(7)]
    few = [await ask(place, path) for path in paths]
    assert {page["pagination"]["total"] for page in few} == {6}
    monkeypatch.setattr(stat_list, "DECIDED_MAX", 1)
    assert [await ask(place, path) for path in paths] == few


@pytest.mark.parametrize("decide", ["delete", "make"])
async def test_no_statement_is_told_more_decisions_than_it_can_take(
    place: QueryPlace, monkeypatch: pytest.MonkeyPatch, decide: str
) -> None:
    """Deleted, or made by hand: ClickHouse takes no parameter above 128 kB."""
    told: list[int] = []
    rows = Tables.rows

    async def counted(self: Tables, name: str, where: Mapping[str, Any], *more: Any) -> list[Row]:
        told.extend(len(where[ids]) for ids in ("deleted", "there") if ids in where)
        return list(await rows(self, name, where, *more))

    monkeypatch.setattr(Tables, "rows", counted)
    monkeypatch.setattr(stat_list, "DECIDED_MAX", 1)
    await place.insert("metric", *(a_metric(f"m{i}") for i in range(3)))
    for name in ("m1", "m2"):
        metric = metric_id(1, "counter", name)
        made = StatCreated(1, metric, Kind.COUNTER, name)
        await place.decide(StatDeleted(1, metric) if decide == "delete" else made, ends=[1] * 16)

    page = await ask(place, "/core/metrics")

    titles = sorted(one["title"] for one in page["data"])
    assert titles == (["m0"] if decide == "delete" else ["m0", "m1", "m2"])
    assert max(told, default=0) <= 1


async def test_pages_have_the_links_that_clients_follow(place: QueryPlace) -> None:
    await place.insert("metric", *(a_metric(f"m{i}", first_seen_at=NOON_MS + i * 1000) for i in range(6)))

    page = await ask(place, "/core/metrics?limit=2&offset=1")
    root = "http://tilde/core/metrics?limit=2&offset="
    assert hrefs(page) == {"first": f"{root}0", "last": f"{root}4", "next": f"{root}3", "prev": f"{root}0"}
    assert [link["name"] for link in page["links"]] == ["First", "Last", "Next", "Previous"]
    assert page["pagination"] == {"total": 6, "offset": 1, "limit": 2}
    assert [one["title"] for one in page["data"]] == ["m1", "m2"]
    assert set(hrefs(await ask(place, "/core/metrics?limit=6"))) == {"first", "last"}
    assert set(hrefs(await ask(place, "/core/metrics", **OTHERS))) == {"first", "last"}
    behind = await ask(place, "/core/metrics?limit=2&offset=99")
    assert (behind["data"], behind["pagination"]) == ([], {"total": 6, "offset": 99, "limit": 2})
    assert hrefs(behind)["last"] == f"{root}4"


async def test_lists_come_without_their_envelope_where_that_is_asked_for(place: QueryPlace) -> None:
    await place.insert("metric", a_metric("hits"))

    data = (await ask(place, "/core/metrics"))["data"]
    assert await ask(place, "/core/metrics?envelope=false") == data
    assert await ask(place, "/core/metrics", **BEARER, accept="application/json; envelope=false") == data


async def test_failures_are_told_in_kissmetrics_form(place: QueryPlace) -> None:
    for path in ("limit=0", "limit=10001", "limit=x", "limit=-1", "offset=-1", "offset=1e3", f"offset={'9' * 20}"):
        refused = await ask(place, f"/core/metrics?{path}", 400)
        assert set(refused) == {"message", "error", "status"}
        assert (refused["error"], refused["status"]) == ("Bad Request", 400)
    assert (await ask(place, "/core", 406, **BEARER, accept="text/html"))["error"] == "Not Acceptable"
    for accept in ("application/json;q=0", "application/json;q=0, */*", "*/*, application/*;q=0.0"):
        assert (await ask(place, "/core", 406, **BEARER, accept=accept))["status"] == 406
    assert (await ask(place, "/core", 401, authorization="Bearer wrong"))["error"] == "Unauthorized"
    assert (await ask(place, "/core", 401, accept="*/*"))["status"] == 401
    assert (await ask(place, "/core/nothing", 404))["error"] == "Not Found"
    answer = await place.http.post("/core/metrics", headers=BEARER)
    assert (answer.status_code, answer.json()["error"]) == (405, "Method Not Allowed")


async def test_a_token_is_read_with_and_without_its_scheme(place: QueryPlace) -> None:
    for header in (f"Bearer {TOKEN}", f"bearer  {TOKEN} ", TOKEN):
        for accept in ("*/*", "application/json", "text/html, application/*;q=0.5", "*/*;q=0, application/json", ""):
            await ask(place, "/core//accounts/", authorization=header, accept=accept)
    head = await place.http.head("/core/accounts", headers=BEARER)
    assert (head.status_code, head.content) == (200, b"")


WILD = (
    st.text(max_size=40) | st.integers().map(str) | st.sampled_from(["%00", "1" * 400, "\u0661", "{id}", "../..", "'"])
)
FITTING = st.sampled_from(["7", "1", "9" * 15, "9" * 16, "9" * 30])


@st.composite
def wild_requests(draw: st.DrawFn) -> tuple[str, str, dict[str, str], dict[str, bytes]]:
    """Of any operation that the documentation has of this API, or another method; with anything in its parameters."""
    path = draw(st.sampled_from(OPERATIONS))
    method = draw(st.sampled_from(["GET", "HEAD", "GET", "GET", "POST", "OPTIONS", "PUT"]))
    known = st.sampled_from([FIRST, SECOND, REPORT, str(event_uuid(FIRST, "signed up"))])
    path = path.replace("{uuid}", quote(draw(known | WILD.filter(bool)), safe=draw(st.sampled_from(["", "%/"]))))
    query = draw(st.dictionaries(st.sampled_from(["limit", "offset", "envelope", "x"]), WILD | FITTING))
    sent = st.binary(max_size=30).map(lambda header: header.translate(None, b"\r\n\0"))
    headers = {"accept": b"*/*", "authorization": BEARER["authorization"].encode()}
    if draw(st.integers(0, 4)) == 0:  # most have to get behind the door
        headers["authorization"] = draw(sent)
    if draw(st.integers(0, 4)) == 0:
        headers["accept"] = draw(sent | st.sampled_from([b"application/json;q=x;envelope=false", b",;=,"]))
    return method, path, query, headers


OPERATIONS = [
    "/core",
    "/core/rels",
    "/core/accounts",
    "/core/accounts/{uuid}",
    "/core/accounts/{uuid}/products",
    "/core/products",
    "/core/products/{uuid}",
    "/core/products/{uuid}/reports",
    "/core/products/{uuid}/events",
    "/core/products/{uuid}/properties",
    "/core/products/{uuid}/metrics",
    "/core/reports",
    "/core/reports/{uuid}",
    "/core/events",
    "/core/events/{uuid}",
    "/core/properties",
    "/core/properties/{uuid}",
    "/core/metrics",
    "/core/metrics/{uuid}",
]


async def test_the_documentation_has_all_operations_that_wild_requests_try(place: QueryPlace) -> None:
    assert sorted(path for path in place.app.openapi()["paths"] if path.startswith("/core")) == sorted(OPERATIONS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wild=wild_requests())
async def test_no_request_fails_by_our_fault(
    place: QueryPlace, wild: tuple[str, str, dict[str, str], dict[str, bytes]]
) -> None:
    method, path, query, headers = wild
    answer = await place.http.request(
        method, path, params=query, headers=[(name.encode(), value) for name, value in headers.items()]
    )

    assert answer.status_code in {200, 400, 401, 404, 405, 406}
    is_ours = answer.request.url.path.startswith("/core/")  # clients take `..` out of paths themselves
    if is_ours and method != "HEAD" and answer.status_code >= 400:
        assert answer.json()["status"] == answer.status_code
