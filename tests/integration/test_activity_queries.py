"""What a product's people did, as queries of type `activity` tell it, from the request that tracked."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.reads.people.acts import PeopleActs, page_of
from api.reads.people.identified import Identified
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.search import PeopleSearch
from api.reads.tables import Tables
from testkit.edges import KEYRING
from testkit.people_histories import ACTIVITY, ALIASES, HISTORIES, a_history
from testkit.people_shop import DAY, HOLDER, Shop
from testkit.query_place import NOW, QueryPlace
from testkit.questions import PROPERTIES_HAD, SPANS
from tilde.domain.people.acts import AskedActs

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

GOLD = {"type": "property", "property": "plan", "comparison_mode": "begins_with", "comparison_string": "Gold"}


async def activity(shop: Shop, **params: Any) -> list[dict[str, Any]]:
    return (await shop.complete(await shop.ask("activity", params)))["data"]


async def test_all_that_was_done_is_told_with_what_was_said_the_latest_first(shop: Shop) -> None:
    """An identity that became another person's is that person; what was only set has no event."""
    told = await activity(shop)

    assert [(row["timestamp"] - DAY, row["identity"], row["event"], row["properties"]) for row in told] == [
        (10, "ann@example.com", "purchased", {"amount": 20.0, "plan": "Gold"}),
        (8, "cid", None, {"plan": "Silver"}),
        (7, "cid", "visited site", {}),
        (5, "bob", "purchased", {"amount": 5.0, "phone": "15551234567"}),
        (0, "ann@example.com", "purchased", {"amount": 99.5, "plan": "Gold plus"}),
        (-50, "ann@example.com", "visited site", {}),
    ]
    assert told[0]["person_id"] == told[5]["person_id"]


@pytest.mark.parametrize(
    ("params", "seconds"),
    [
        ({"events": ["Visited Site"]}, [7, -50]),
        ({"event": " purchased "}, [10, 5, 0]),
        ({"events": ["purchased", "visited site"], "person": "anonymous-1"}, [10, 0, -50]),
        ({"person": " ann@example.com "}, [10, 0, -50]),
        ({"person": "nobody"}, []),
        ({"events": ["nobody did this"]}, []),
        ({"filter": GOLD}, [10, 0]),
        ({"filter": {**GOLD, "comparison_mode": "equals", "comparison_string": "Silver"}}, [8]),
        ({"filter": {"type": "property", "property": "phone"}}, [5]),
        ({"filter": {"type": "property", "property": "amount", "comparison_mode": "less_than",
                     "comparison_string": "20"}, "events": ["purchased"]}, [5]),
        ({"filter": GOLD, "events": ["visited site"]}, []),
        ({"date_range": {"type": "custom", "start_date": DAY + 5, "end_date": DAY + 8}}, [8, 7, 5]),
        ({"date_range": {"type": "preset", "preset": "today"}}, []),
    ],
)  # fmt: skip
async def test_what_is_asked_for_is_told(shop: Shop, params: dict[str, Any], seconds: list[int]) -> None:
    """Events, a property that was said with them, whose they are, and when."""
    assert [row["timestamp"] - DAY for row in await activity(shop, **params)] == seconds


async def test_a_person_is_meant_by_his_number_too(shop: Shop) -> None:
    (bob,) = await activity(shop, person="bob")
    assert await activity(shop, person_id=bob["person_id"]) == [bob]
    assert await activity(shop, person_id=int(bob["person_id"])) == [bob]
    assert await activity(shop, person_id=bob["person_id"], person="cid") == []


async def test_a_persons_number_is_a_text(shop: Shop) -> None:
    """JavaScript and R would round it, and it would be nobody's; the same in every kind of query."""
    (bob,) = await activity(shop, person="bob")
    people = await shop.complete(await shop.put({"type": "event", "event": "purchased"}))
    rows = await shop.sql("SELECT person AS who FROM records WHERE person_id = 'bob' GROUP BY person")

    assert isinstance(bob["person_id"], str)
    assert int(bob["person_id"]) > 1 << 53
    assert {row["identity"]: row["person_id"] for row in people["data"]}["bob"] == bob["person_id"]
    assert rows == [[bob["person_id"]]]


async def test_pages_give_each_act_once(shop: Shop) -> None:
    path = await shop.ask("activity", {})
    whole = (await shop.complete(path))["data"]
    pages = [await shop.get(f"{path}?limit=4&offset={offset}") for offset in (0, 4, 8)]

    assert [row for page in pages for row in page["data"]] == whole
    assert [page["pagination"]["total"] for page in pages] == [6, 6, 6]
    assert [len(page["data"]) for page in pages] == [4, 2, 0]


async def test_the_first_two_apis_tell_it_as_rows(shop: Shop) -> None:
    """What was said with an act is JSON in its cell."""
    id_ = (await shop.ask("activity", {"person": "bob"})).rpartition("/")[2]
    await shop.complete(f"/v3/queries/{id_}")
    first = await shop.get(f"/query/queries/{id_}/results")
    csv = await shop.place.http.get(f"/v2/queries/{id_}/export", headers=HOLDER | {"accept": "text/csv"})

    assert [column["display_name"] for column in first["columns"]] == ["Time", "KMID", "Person", "Event", "Properties"]
    (row,) = first["rows"]
    assert [row[0], *row[2:]] == [DAY + 5, "bob", "purchased", '{"amount":5.0,"phone":"15551234567"}']
    assert csv.text.splitlines()[1].endswith(',bob,purchased,"{""amount"":5.0,""phone"":""15551234567""}"')


async def test_of_who_was_erased_since_no_text_is_told(shop: Shop) -> None:
    """Not in an answer that was there before, either: pages tell what can be told when they are read."""
    path = await shop.ask("activity", {"person": "cid"})
    assert [row["properties"] for row in (await shop.complete(path))["data"]] == [{"plan": "Silver"}, {}]
    await shop.erase("cid")

    told = (await shop.get(path))["data"]
    assert [(row["identity"], row["event"], row["properties"]) for row in told] == [
        (None, None, {}),
        (None, "visited site", {}),
    ]
    assert await activity(shop, filter={**GOLD, "comparison_string": "Sil"}) == []
    assert await activity(shop, person="cid") == []
    assert await activity(shop, person_id=told[0]["person_id"]) == []


async def test_what_was_done_before_an_erasure_is_nobodys_though_one_comes_back(shop: Shop) -> None:
    """Not in an answer that was there before, nor by his number; others' acts are told as they were."""
    before = await shop.ask("activity", {})
    all_told = (await shop.complete(before))["data"]
    await shop.erase("cid")
    await shop.tables.track("/e", _p="cid", _n="Visited Site", _d="1", _t=str(NOW - 60))
    await shop.tables.fill()
    (now,) = await activity(shop, person="cid")

    assert (now["timestamp"], now["identity"]) == (NOW - 60, "cid")
    assert await activity(shop, person_id=now["person_id"]) == [now]
    assert [row["timestamp"] - DAY for row in await activity(shop)] == [NOW - 60 - DAY, 10, 5, 0, -50]
    kept = (await shop.get(before))["data"]
    assert [row["identity"] for row in kept if row["person_id"] == now["person_id"]] == [None, None]
    others = [row for row in all_told if row["person_id"] != now["person_id"]]
    assert [row for row in kept if row["person_id"] != now["person_id"]] == others


async def test_an_answer_that_is_kept_has_no_text(shop: Shop) -> None:
    path = await shop.ask("activity", {"filter": GOLD})
    await shop.complete(path)
    answer = await shop.place.jobs.answer(path.rpartition("/")[2])

    assert len(answer) == 2 * 16
    assert b"ann" not in answer
    assert b"Gold" not in answer


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"events": "purchased"}, "events is a list of at most 100"),
        ({"events": ["purchased"] * 101}, "events is a list of at most 100"),
        ({"events": [None]}, "event is missing"),
        ({"person": 7}, "person is one of his identities"),
        ({"person": "x" * 256}, "person is one of his identities"),
        ({"person_id": "9" * 20}, "person_id is a person's number"),
        ({"person_id": True}, "person_id is a person's number"),
        ({"filter": {"type": "and", "operands": []}}, "filter is of type property"),
        ({"filter": {**GOLD, "negate": True}}, "filter is of type property"),
        ({"filter": {**GOLD, "comparison_mode": "between"}}, "compares with two numbers"),
        ({"date_range": {"type": "preset", "preset": "soon"}}, "date range 'soon' is not known"),
    ],
)
async def test_what_means_nothing_is_told_at_once(shop: Shop, params: dict[str, Any], why: str) -> None:
    asked = {"product_id": 1, "query_type": "activity", "query_params": params}
    answer = await shop.place.http.post("/v3/queries", headers=HOLDER, json=asked)
    assert answer.status_code == 400
    assert why in answer.json()["messages"][0]


ASKED = st.builds(
    AskedActs,
    st.sets(st.sampled_from("ab")).map(lambda names: tuple(sorted(names))),
    st.none() | PROPERTIES_HAD,
    st.none(),
    st.none() | st.integers(1, 8),
    SPANS,
)


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTIVITY, ALIASES, st.lists(ASKED, min_size=1, max_size=10))
async def test_acts_are_found_as_an_oracle_finds_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], questions: list[AskedActs]
) -> None:
    """In the same order. A number that is not a person's, but another identity's of his, finds nothing."""
    product, oracle = await a_history(place, done, aliases)
    people, opened = People(Tables(place.store, lambda: 1)), Opened(KEYRING.keyed_hash, None)
    identified = Identified(people, opened, place.parts.follower)
    acts = PeopleActs(people, identified, PeopleSearch(people, opened), opened)
    names = await people.event_names(product)

    for asked in questions:
        found = page_of(await acts.found(product, asked), 0, 1_000)
        assert [(act.at, act.person, names.get(act.event, "")) for act in found] == oracle.acts(asked)
