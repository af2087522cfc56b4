"""The third Query API over a real store: who is let in, in which form it tells that something failed, and its lists of
products, reports, events and properties.
"""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.reads.people.people import People
from testkit.activity_tables import ActivityTables
from testkit.edges import KEYRING
from testkit.query_place import NOW, SLASHED_TOKEN, TOKEN, QueryPlace, product_uuid
from tilde.domain.catalog.definition_records import EventDefinition, PropertyDefinition
from tilde.domain.catalog.definitions import EventDefined, PropertyDefined
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductCreated
from tilde.domain.catalog.saved_reports import ReportSaved
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated
from tilde.store import QueryLimitError

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

SECOND = "e7063aa0-0edf-0131-ead3-12313b0d181e"
TRACKING_KEY = "0123456789abcdef0123456789abcdef01234567"
REPORT = "64361c30-4a48-4131-8cbb-22000a9f1c0f"


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


HOLDER = basic(TOKEN)


async def ask(place: QueryPlace, path: str, status: int = 200, headers: dict[str, str] = HOLDER) -> Any:
    return await place.get(path, status, headers=headers)


@pytest_asyncio.fixture(loop_scope="module")
async def tracked(place: QueryPlace, tmp_path: Path) -> AsyncIterator[ActivityTables]:
    tables = await ActivityTables.open(place, tmp_path)
    yield tables
    tables.edge.keyholders.close()


@pytest.mark.parametrize(
    "headers",
    [HOLDER, basic("ann@example.com", TOKEN), {"authorization": f"Bearer {TOKEN}"}, {"authorization": TOKEN}],
)
async def test_a_token_is_user_or_password_or_bearer(place: QueryPlace, headers: dict[str, str]) -> None:
    (product,) = (await ask(place, "/v3/products", headers=headers))["data"]
    assert product["id"] == 1


@pytest.mark.parametrize("headers", [{}, basic("nobody's"), basic(TOKEN, "nobody's"), {"authorization": "Basic !"}])
async def test_who_has_no_token_is_told_in_the_words_of_this_api(place: QueryPlace, headers: dict[str, str]) -> None:
    """And asked for user and password."""
    for method, path in (("GET", "/v3/products"), ("POST", "/v3/queries"), ("GET", "/v3/queries/5")):
        answer = await place.http.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"status": 401, "messages": ["Unauthenticated."]})
        assert answer.headers["www-authenticate"] == 'Basic realm="Kissmetrics"'


async def test_a_token_of_the_core_api_sees_what_there_is_and_asks_nothing_of_people(place: QueryPlace) -> None:
    await place.decide(TokenCreated(1, "", KEYRING.hash(KeyKind.TOKEN, "core"), (1,), (Scope.CORE,), ""))
    await place.decide(TokenCreated(2, "", KEYRING.hash(KeyKind.TOKEN, "query"), (1,), (Scope.QUERY,), ""))

    for token in ("core", "query"):
        assert [one["id"] for one in (await ask(place, "/v3/products", headers=basic(token)))["data"]] == [1]
    refused = await ask(place, "/v3/queries/5", 403, basic("core"))
    assert refused == {"status": 403, "messages": ["You are not authorized to access this page."]}


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/v3/products?limit=0", 400, "limit is a whole number from 1 to 10000"),
        ("/v3/products?offset=x", 400, "offset is a whole number"),
        ("/v3/products/2", 404, "nothing is found by this id"),
        (f"/v3/products/{product_uuid(2)}/events", 404, "nothing is found by this id"),
        ("/v3/products/0", 404, "nothing is found by this id"),
        ("/v3/nothing", 404, "Not Found"),
    ],
)
async def test_all_that_fails_is_told_in_one_form(place: QueryPlace, path: str, status: int, why: str) -> None:
    assert await ask(place, path, status) == {"status": status, "messages": [why]}


async def test_products_are_told_by_number_with_the_key_that_tracks(place: QueryPlace) -> None:
    """The oldest first; one by its number or its UUID; a web site may have no key."""
    key = KEYRING.store(KeyKind.TRACKING_KEY, TRACKING_KEY)
    await place.decide(ProductCreated(1, 3, "second", SECOND, "", "Europe/Berlin", (key,)))
    products = (await ask(place, "/v3/products"))["data"]

    assert [product["id"] for product in products] == [1, 3]
    assert products[0]["km_key"] is None
    assert products[1] == {
        "id": 3,
        "account_id": 1,
        "name": "second",
        "km_key": TRACKING_KEY,
        "timezone": "Europe/Berlin",
    }
    for id_ in ("3", SECOND, f"%20{SECOND.upper()}"):
        assert await ask(place, f"/v3/products/{id_}") == {"data": products[1]}
    assert (await ask(place, "/v3/products?offset=1&limit=50"))["data"] == products[1:]
    assert [one["id"] for one in (await ask(place, "/v3/products", headers=basic(SLASHED_TOKEN)))["data"]] == [2]


@pytest.mark.parametrize("kept_as", ["people_search", "people_search_v2"])
async def test_reports_are_told_by_number(place: QueryPlace, kept_as: str) -> None:
    """Each has another, and keeps it; a type as clients know it."""
    await place.decide(ReportSaved(1, REPORT, "Buyers", kept_as, KEYRING.seal("{}")))
    await place.decide(ReportSaved(1, REPORT.replace("6", "7", 1), "Steps", "funnel", KEYRING.seal("{}")))
    first, second = (await ask(place, "/v3/products/1/reports"))["data"]

    assert first | {"id": 0} == {"id": 0, "product_id": 1, "name": "Buyers", "report_type": "people_search_v2"}
    assert first["id"] < second["id"]
    assert (await ask(place, "/v3/products/1/reports?limit=1&offset=1"))["data"] == [second]


async def test_events_have_the_properties_that_came_with_them(place: QueryPlace, tracked: ActivityTables) -> None:
    """By index, each once; not those that came with another event, or alone."""
    await tracked.track("/e", _p="ann", _n="Purchased", plan="Gold", amount="5")
    await tracked.track("/e", _p="bob", _n="Purchased", _d="1", _t=str(NOW - 50), amount="5")
    await tracked.track("/e", _p="bob", _n="Visited Site")
    await tracked.track("/e", _p="bob", _n="Signed Up", plan="Silver")
    await tracked.track("/s", _p="bob", phone="1")
    await tracked.fill()
    events = (await ask(place, "/v3/products/1/events"))["data"]
    properties = {one["name"]: one for one in (await ask(place, "/v3/products/1/properties"))["data"]}
    index = {name: one["index"] for name, one in properties.items()}

    assert {event["name"]: event["property_indices"] for event in events} == {
        "purchased": sorted([index["plan"], index["amount"]]),
        "visited site": [],
        "signed up": [index["plan"]],
    }
    purchased = next(event for event in events if event["name"] == "purchased")
    assert (purchased["id"], purchased["product_id"]) == (65_536 + purchased["index"], 1)
    assert (purchased["total"], purchased["last_used_at"]) == (2, "2026-10-26T12:00:23Z")
    assert len({event["id"] for event in events}) == 3
    phone = properties["phone"]
    assert (phone["id"], phone["product_id"], phone["visible"]) == (65_536 + phone["index"], 1, True)
    times = ("first_used_at", "last_used_at", "first_sent_at", "last_sent_at")
    assert list(phone) == ["id", "product_id", "index", "name", "visible", *times]
    assert list(purchased) == [*phone, "total", "property_indices"]


async def test_what_its_owner_hides_is_not_visible(place: QueryPlace, tracked: ActivityTables) -> None:
    await tracked.track("/e", _p="ann", _n="Purchased", plan="Gold")
    await tracked.fill()
    await place.decide(EventDefined(1, "purchased", EventDefinition(is_visible=False)))
    await place.decide(PropertyDefined(1, "plan", PropertyDefinition(is_visible=False)))

    for noun in ("events", "properties"):
        assert [one["visible"] for one in (await ask(place, f"/v3/products/1/{noun}"))["data"]] == [False]


async def test_pages_end_with_one_that_is_short(place: QueryPlace, tracked: ActivityTables) -> None:
    """As a client walks that knows no total: each is there once."""
    for n in range(5):
        await tracked.track("/e", _p="ann", _n=f"step {n}")
    await tracked.fill()
    names: list[str] = []
    while True:
        page = (await ask(place, f"/v3/products/1/events?limit=2&offset={len(names)}"))["data"]
        names += [event["name"] for event in page]
        if len(page) < 2:
            break

    assert sorted(names) == [f"step {n}" for n in range(5)]


async def test_of_a_product_too_large_to_find_out_no_property_is_told(
    place: QueryPlace, tracked: ActivityTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its events are."""

    async def too_large(*_: object) -> dict[str, list[int]]:
        raise QueryLimitError("too large")

    await tracked.track("/e", _p="ann", _n="Purchased", plan="Gold")
    await tracked.fill()
    monkeypatch.setattr(People, "came_with", too_large)
    (event,) = (await ask(place, "/v3/products/1/events"))["data"]

    assert (event["name"], event["property_indices"]) == ("purchased", [])
