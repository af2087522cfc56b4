"""Events, properties and reports of Kissmetrics' Core API over a real store, what their owners say of them, and answers
that are packed.
"""

import asyncio
import gzip
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from testkit.edges import KEYRING
from testkit.query_place import NOW, QueryPlace
from testkit.rows import NOON_MS, a_metric, a_property, an_event
from tests.integration.test_kissmetrics_core import (
    BEARER,
    FIRST,
    OTHER,
    OTHERS,
    REPORT,
    SECOND,
    ask,
    hrefs,
    walked,
)
from tilde.domain.catalog.definition_records import (
    EventDefinition,
    MetricDefinition,
    PropertyDefinition,
    PropertyType,
    UnitType,
)
from tilde.domain.catalog.definitions import EventDefined, EventDefinitionDeleted, MetricDefined, PropertyDefined
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductCreated
from tilde.domain.catalog.saved_reports import ReportSaved, SavedReportChanged, SavedReportDeleted
from tilde.domain.catalog.token_records import Scope
from tilde.domain.catalog.tokens import TokenCreated
from tilde.domain.people.uuids import event_uuid, property_uuid
from tilde.domain.stats.metrics import metric_id

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
NOON_S = NOON_MS // 1000
NAMED = ["search engine hit", "größe", "a'b\\c", "search engine hit "]


def without_links(resource: Any) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "links"}


async def test_an_event_is_told_as_the_documentation_tells_it(place: QueryPlace) -> None:
    """With the number by which searches name it, which is not the first thing said: clients cut that off."""
    times = {
        "first_used_at": NOON_S - 3600,
        "last_used_at": NOON_S,
        "first_sent_at": NOON_MS - 1800_999,
        "last_sent_at": NOON_MS + 999,
    }
    await place.insert("event", an_event("search engine hit", index=7, total=8, **times))

    (event,) = (await ask(place, "/core/events"))["data"]
    assert list(event) == [
        "links",
        "last_sent_at",
        "first_sent_at",
        "last_used_at",
        "id",
        "product_id",
        "name",
        "display_name",
        "description",
        "is_visible",
        "total",
        "first_used_at",
        "index",
    ]
    assert without_links(event) == {
        "last_sent_at": "2026-10-26T12:00:00+00:00",
        "first_sent_at": "2026-10-26T11:29:59+00:00",
        "last_used_at": "2026-10-26T12:00:00+00:00",
        "id": str(uuid5(UUID(FIRST), "event search engine hit")),
        "product_id": FIRST,
        "name": "search engine hit",
        "display_name": "Search engine hit",
        "description": None,
        "is_visible": True,
        "total": 8,
        "first_used_at": "2026-10-26T11:00:00+00:00",
        "index": 7,
    }
    assert hrefs(event) == {
        "self": f"http://tilde/core/events/{event['id']}",
        "product": f"http://tilde/core/products/{FIRST}",
    }
    assert await ask(place, hrefs(event)["self"]) == event | {"links": []}


async def test_a_property_has_a_type_once_somebody_says_one_or_the_library_sets_it(place: QueryPlace) -> None:
    await place.insert(
        "property", *(a_property(name, index=i) for i, name in enumerate(("plan", "referrer", "url"), 1))
    )
    await place.decide(PropertyDefined(1, "url", PropertyDefinition(type=PropertyType.TEXT)))

    plan, referrer, url = (await ask(place, "/core/properties"))["data"]
    assert list(plan) == [
        "links",
        "last_sent_at",
        "first_sent_at",
        "last_used_at",
        "id",
        "product_id",
        "type",
        "name",
        "display_name",
        "description",
        "is_visible",
        "first_used_at",
        "index",
    ]
    assert (plan["name"], plan["display_name"], plan["index"]) == ("plan", "Plan", 1)
    assert [one["type"] for one in (plan, referrer, url)] == [None, "automatic", "text"]
    assert plan["id"] == str(property_uuid(FIRST, "plan")) != str(event_uuid(FIRST, "plan"))
    assert await ask(place, hrefs(plan)["self"]) == plan | {"links": []}
    assert (await ask(place, f"/core/products/{FIRST}/properties"))["data"] == [plan, referrer, url]


OF_THE_LIBRARY = [
    *("campaign content", "campaign medium", "campaign name", "campaign source", "campaign terms", "referrer"),
    *("returning", "search engine", "search terms", "url", "viewed url"),
]


async def test_whatever_the_library_sets_is_automatic(place: QueryPlace) -> None:
    names = [*OF_THE_LIBRARY, "search"]
    await place.insert("property", *(a_property(name, index=i) for i, name in enumerate(names, 1)))
    listed = (await ask(place, "/core/properties"))["data"]

    assert sorted(one["name"] for one in listed if one["type"] == "automatic") == OF_THE_LIBRARY


async def test_they_are_called_and_shown_as_their_owner_says(place: QueryPlace) -> None:
    """Until he says nothing of them any more."""
    await place.insert("event", an_event("signed up"), an_event("theirs", product=2))
    await place.insert("property", a_property("plan"))
    await place.insert("metric", a_metric("hits"))
    hidden = EventDefinition("Joined", "By form.", is_visible=False)
    metric = MetricDefinition(
        "Hits a day", "All.", is_visible=False, unit_type=UnitType.TIME, color="red", sort_index=4
    )
    await place.decide(
        EventDefined(1, "signed up", hidden),
        PropertyDefined(1, "plan", PropertyDefinition("Tariff", "What is paid.", is_visible=False)),
        MetricDefined(1, metric_id(1, "counter", "hits"), metric),
        at_ms=NOW * 1000,
    )

    (event,), (prop,), (hits,) = [
        (await ask(place, f"/core/{one}"))["data"] for one in ("events", "properties", "metrics")
    ]
    assert (event["name"], event["display_name"], event["description"]) == ("signed up", "Joined", "By form.")
    assert (prop["name"], prop["display_name"], prop["description"]) == ("plan", "Tariff", "What is paid.")
    assert (hits["title"], hits["description"], hits["unit_type"]) == ("Hits a day", "All.", "time")
    assert (hits["color"], hits["sort_index"]) == ("red", 4)
    assert hits["config_last_changed_at"] == "2026-10-26T12:01:13+00:00"
    assert [one["is_visible"] for one in (event, prop, hits)] == [False] * 3
    await place.decide(EventDefinitionDeleted(1, "signed up"))
    after = await ask(place, f"/core/events/{event['id']}")
    assert (after["display_name"], after["description"], after["is_visible"]) == ("Signed up", None, True)


@pytest.mark.parametrize("noun", ["event", "property"])
async def test_each_is_found_by_its_uuid_by_its_own_people_alone(place: QueryPlace, noun: str) -> None:
    """Whatever is in its name. Somebody else's, an event's where a property is meant, one with another version, and
    nobody's are told alike.
    """
    row, uuid, path = (an_event, event_uuid, "events") if noun == "event" else (a_property, property_uuid, "properties")
    await place.decide(ProductCreated(1, 3, "second", SECOND, "", None, ()))
    await place.insert(noun, *(row(name, product=product) for name in NAMED for product in (1, 2, 3)))

    for name in NAMED:
        for product, id_ in ((FIRST, uuid(FIRST, name)), (SECOND, uuid(SECOND, name))):
            for written in (str(id_), str(id_).upper(), id_.hex):
                found = await ask(place, f"/core/{path}/{written}")
                assert (found["id"], found["name"], found["product_id"]) == (str(id_), name, product)
        theirs = uuid(OTHER, name)
        assert (await ask(place, f"/core/{path}/{theirs}", **OTHERS))["name"] == name
        for foreign in (theirs, uuid4(), UUID(int=uuid(FIRST, name).int ^ 1 << 78), uuid(FIRST, f"{name}x")):
            refused = await ask(place, f"/core/{path}/{foreign}", 404)
            assert refused == {"message": "nothing is found by this id", "error": "Not Found", "status": 404}
    await ask(place, f"/core/{path}/{(property_uuid if noun == 'event' else event_uuid)(FIRST, NAMED[0])}", 404)
    await ask(place, f"/core/products/{OTHER}/{path}", 404)
    assert {one["product_id"] for one in (await ask(place, f"/core/{path}"))["data"]} == {FIRST, SECOND}


@pytest.mark.parametrize("noun", ["event", "property"])
async def test_pages_give_each_once_while_some_are_added(place: QueryPlace, noun: str) -> None:
    """What was sent first comes first, of one moment by the name; a row that is written again moves nothing."""
    row, path = (an_event, "events") if noun == "event" else (a_property, "properties")
    await place.decide(ProductCreated(1, 3, "second", SECOND, "", None, ()))
    sent = [f"{'zyx'[i // 3]}{i}" for i in range(9)]
    for i, name in enumerate(sent):
        await place.insert(noun, row(name, product=1 + i % 2 * 2, first_sent_at=NOON_MS + i // 3 * 1000))
    await place.insert(noun, row("theirs", product=2, first_sent_at=NOON_MS))
    await place.insert(noun, row("gone", is_deleted=1, version=2), row("gone"))

    names: list[str] = []
    url: str | None = f"/core/{path}?limit=2"
    for turn in range(50):
        page = await ask(place, str(url))
        names += [one["name"] for one in page["data"]]
        if turn < 3:
            later = row(f"new {2 - turn}", first_sent_at=NOON_MS + 60_000 + turn)
            again = row("z0", version=turn + 2, first_sent_at=NOON_MS, last_sent_at=NOON_MS + 60_000)
            await place.insert(noun, later, again)
        url = hrefs(page).get("next")
        if url is None:
            break
    assert names == [*sent, "new 2", "new 1", "new 0"]
    assert [one["name"] for one in await walked(place, f"/core/{path}?limit=5")] == names
    assert (await ask(place, f"/core/{path}?limit=1"))["pagination"] == {"total": 12, "offset": 0, "limit": 1}
    of_second = await ask(place, f"/core/products/{SECOND}/{path}")
    assert [one["name"] for one in of_second["data"]] == sent[1::2]
    assert hrefs(of_second)["first"] == f"http://tilde/core/products/{SECOND}/{path}?limit=20&offset=0"


async def test_a_token_of_several_accounts_lists_the_events_of_all(place: QueryPlace) -> None:
    hash_ = KEYRING.hash(KeyKind.TOKEN, "of both")
    await place.decide(TokenCreated(1, "", hash_, (1, 2), (Scope.CORE,), ""))
    await place.decide(ReportSaved(2, REPORT, "Theirs", "funnel", b"sealed"))
    await place.insert("event", an_event("ours"), an_event("theirs", product=2, first_sent_at=NOON_MS - 1))
    both: Any = {"authorization": "Bearer of both"}

    events = (await ask(place, "/core/events", **both))["data"]
    assert [(one["name"], one["product_id"]) for one in events] == [("theirs", OTHER), ("ours", FIRST)]
    for one in events:
        assert await ask(place, hrefs(one)["self"], **both) == one | {"links": []}
    assert [one["name"] for one in (await ask(place, "/core/reports", **both))["data"]] == ["Theirs"]


@pytest.mark.parametrize("kept_as", ["people_search", "people_search_v2"])
async def test_reports_are_those_that_products_keep(place: QueryPlace, kept_as: str) -> None:
    """The oldest first, without their questions, a type as clients know it; somebody else's is told as nobody's."""
    await place.decide(ProductCreated(1, 3, "second", SECOND, "", None, ()))
    later, theirs = str(uuid4()), str(uuid4())
    await place.decide(ReportSaved(3, later, "Later", "revenue", b"sealed"), at_ms=(NOW - 60) * 1000)
    await place.decide(ReportSaved(1, REPORT, "My People Search", kept_as, b"sealed"), at_ms=NOW * 1000)
    await place.decide(ReportSaved(2, theirs, "Theirs", "funnel", b"sealed"))

    later_one, mine = (await ask(place, "/core/reports"))["data"]
    account = (await ask(place, "/core/accounts"))["data"][0]["id"]
    assert list(mine) == ["links", "created_at", "name", "report_type", "account_id", "product_id", "id"]
    assert without_links(mine) == {
        "created_at": "2026-10-26T12:01:13+00:00",
        "name": "My People Search",
        "report_type": "people_search_v2",
        "account_id": account,
        "product_id": FIRST,
        "id": REPORT,
    }
    assert list(hrefs(mine)) == ["self", "product", "account", "run", "run_v2"]
    assert hrefs(mine)["run"] == f"http://tilde/query/reports/{REPORT}/run"
    assert hrefs(mine)["run_v2"] == f"http://tilde/v2/products/{FIRST}/reports/{REPORT}/run"
    assert list(hrefs(later_one)) == ["self", "product", "account"], "there is no query of this type"
    assert (later_one["name"], later_one["product_id"]) == ("Later", SECOND)
    assert await ask(place, f"/core/reports/{REPORT.upper()}") == mine | {"links": []}
    assert (await ask(place, f"/core/products/{SECOND}/reports"))["data"] == [later_one]
    assert [one["name"] for one in await walked(place, "/core/reports?limit=1")] == ["Later", "My People Search"]
    for foreign in (theirs, str(uuid4()), "x"):
        await ask(place, f"/core/reports/{foreign}", 404)
    await place.decide(SavedReportChanged(REPORT, "Renamed", "people_search_v2", b""), SavedReportDeleted(later))
    assert [one["name"] for one in (await ask(place, "/core/reports"))["data"]] == ["Renamed"]


async def test_answers_are_packed_for_who_takes_them_so(place: QueryPlace) -> None:
    """Short ones are not, and what it is stays the same."""
    await place.insert("event", *(an_event(f"event {i}", index=i) for i in range(300)))

    async def raw(path: str, accepted: str) -> tuple[dict[str, str], bytes]:
        request = place.http.build_request("GET", path, headers={**BEARER, "accept-encoding": accepted})
        answer = await place.http.send(request, stream=True)
        content = b"".join([piece async for piece in answer.aiter_raw()])
        await answer.aclose()
        return dict(answer.headers), content

    for path in ("/core/events", "/core/events?limit=300"):
        headers, content = await raw(path, "gzip;q=1.0,deflate;q=0.6,identity;q=0.3")
        plain_headers, plain = await raw(path, "identity")
        assert (headers["content-encoding"], headers["vary"]) == ("gzip", "accept-encoding")
        assert headers["content-length"] == str(len(content))
        assert gzip.decompress(content) == plain
        assert len(content) < len(plain) / 4
        assert "content-encoding" not in plain_headers
        assert plain_headers["vary"] == "accept-encoding"
    for accepted in ("gzip;q=0", "br", ""):
        assert "content-encoding" not in (await raw("/core/events", accepted))[0]
    headers, _ = await raw("/core/accounts?envelope=false", "gzip")
    assert "content-encoding" not in headers, "it is short"


async def test_what_is_asked_at_a_time_is_answered_each_for_itself(place: QueryPlace) -> None:
    await place.insert("event", *(an_event(f"event {i}", index=i) for i in range(30)))
    pages = await asyncio.gather(*(ask(place, f"/core/events?limit=3&offset={3 * i}") for i in range(10)))

    names = [one["name"] for page in pages for one in page["data"]]
    assert sorted(names) == sorted(f"event {i}" for i in range(30))
