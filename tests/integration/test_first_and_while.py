"""Conditions of the first time of all, and of what somebody has while he does something: by hand through the Query APIs,
by hand where several things come in one second, and as an oracle answers on generated histories.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.reads.people.people import People
from api.reads.tables import Tables
from testkit.people_histories import ACTIVITY, ALIASES, HISTORIES, a_history
from testkit.people_shop import DAY, HOLDER, Shop
from testkit.query_place import QueryPlace, product_uuid
from testkit.questions import BEGAN, FIRST_OR_MEANWHILE
from tilde.domain.people.question import Bound, Did, Group, Had, Join, Part, Span, Times, Values

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

ANN, BOB, CID = "ann@example.com", "bob", "cid"
FROM_DAY = {"type": "custom", "start_date": DAY}


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "event", "event": name, **more}


def first(name: str, **more: Any) -> dict[str, Any]:
    return event(name, first_ever=True, **more)


def plan(mode: str, text: str = "") -> dict[str, Any]:
    return {"property": "plan", "comparison_mode": mode, "comparison_string": text}


def meanwhile(name: str, mode: str, text: str = "", **more: Any) -> dict[str, Any]:
    return event(name, while_property=True, **plan(mode, text), **more)


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        (first("visited site"), {ANN, CID}),
        (first("visited site", date_range=FROM_DAY), {CID}),
        (first("visited site", date_range=FROM_DAY, negate=True), {ANN, BOB}),
        (first("visited site", frequency_occurrence="at_most", frequency_value=0, date_range=FROM_DAY), {ANN, BOB}),
        (first("purchased", frequency_occurrence="exactly", frequency_value=1), {ANN, BOB}),
        (first("purchased", frequency_value=2), set()),
        (first("purchased", **plan("equals", "Gold plus")), {ANN}),
        (first("purchased", **plan("equals", "Gold")), set()),
        (first("purchased", **plan("contains", "plus")), {ANN}),
        ({"type": "property", "first_ever": True, **plan("begins_with", "Gold")}, {ANN}),
        ({"type": "property", "first_ever": True, **plan("equals", "Gold")}, set()),
        ({"type": "property", "first_ever": True, "date_range": {"start_date": DAY + 1}, **plan("any_value")}, {CID}),
        (meanwhile("purchased", "equals", "Gold plus"), {ANN}),
        (meanwhile("purchased", "ends_with", "Gold", frequency_occurrence="exactly"), {ANN}),
        (meanwhile("purchased", "any_value", frequency_value=2), {ANN}),
        (meanwhile("purchased", "empty"), {BOB}),
        (meanwhile("visited site", "empty"), {ANN, CID}),
        (meanwhile("visited site", "equals", "Silver"), set()),
        (meanwhile("purchased", "contains", "Gold", negate=True), {BOB, CID}),
        (meanwhile("purchased", "contains", "Gold", first_ever=True, date_range=FROM_DAY), {ANN}),
        (meanwhile("purchased", "equals", "Gold", first_ever=True), set()),
        (event("purchased", while_property=True, property="amount", comparison_mode="less_than",
               comparison_string="20"), {BOB}),
        ({"type": "then", "operands": [first("visited site"), meanwhile("purchased", "equals", "Gold")]}, {ANN}),
    ],
)  # fmt: skip
async def test_a_filter_finds_whom_it_says(standing_shop: Shop, filter_: Any, found: set[str]) -> None:
    assert await standing_shop.who(filter_) == found


async def test_what_was_said_last_is_by_when_it_was_and_not_by_when_it_came(shop: Shop) -> None:
    """With whichever event, or alone, and of whichever identity: that one was Bob's is heard at the end."""
    track = shop.tables.track
    await track("/s", _p="cid", _d="1", _t=str(DAY + 30), plan="Lead")
    await track("/e", _p="cid", _n="Purchased", _d="1", _t=str(DAY + 20), amount="7")
    await track("/e", _p="cid", _n="Purchased", _d="1", _t=str(DAY + 30), amount="8")
    await track("/e", _p="anonymous-2", _n="Upgraded", _d="1", _t=str(DAY + 4), plan="Platinum")
    await shop.tables.fill()

    assert await shop.who(meanwhile("purchased", "equals", "Silver", frequency_occurrence="exactly")) == {CID}
    assert await shop.who(meanwhile("purchased", "equals", "Lead", frequency_occurrence="exactly")) == {CID}
    assert await shop.who(meanwhile("purchased", "equals", "Platinum")) == set()
    assert await shop.who(first("purchased", date_range={"start_date": DAY + 15})) == {CID}
    await track("/s", _p="cid", _d="1", _t=str(DAY + 19), plan="Copper")
    await track("/e", _p="cid", _n="Purchased", _d="1", _t=str(DAY + 14))
    await track("/a", _p="anonymous-2", _n="bob")
    await shop.tables.fill()

    assert await shop.who(meanwhile("purchased", "equals", "Copper")) == {CID}
    assert await shop.who(meanwhile("purchased", "equals", "Platinum")) == {"anonymous-2"}  # who is Bob
    assert await shop.who(first("purchased", date_range={"start_date": DAY + 15})) == set()


async def test_of_who_was_erased_no_text_is_found(shop: Shop) -> None:
    """What he did stays, and is nobody's: so it is with what he did with a value, too."""
    await shop.tables.track("/e", _p="cid", _n="Purchased", _d="1", _t=str(DAY + 20))
    await shop.tables.fill()
    assert await shop.who(meanwhile("purchased", "contains", "ilv")) == {CID}
    assert await shop.who(first("purchased", date_range={"start_date": DAY + 15})) == {CID}
    await shop.erase(CID)

    assert await shop.who(meanwhile("purchased", "contains", "ilv")) == set()
    assert await shop.who(meanwhile("purchased", "any_value")) == {ANN, None}
    assert await shop.who(first("purchased", date_range={"start_date": DAY + 15})) == {None}


async def test_the_second_api_spells_them_in_its_way(shop: Shop) -> None:
    filter_ = event("purchased", whileProperty=True, firstEver="true", property="plan", comparisonMode="empty")
    put = await shop.place.http.post(
        f"/v2/products/{product_uuid(1)}/reports/people_search",
        headers=HOLDER,
        json={"query_params": {"filter": filter_}},
    )
    done = await shop.ended(put.headers["location"])

    assert [row[1] for row in (await shop.get(done.headers["location"]))["data"]] == [BOB]


async def test_each_type_of_query_that_takes_filters_takes_them(shop: Shop) -> None:
    """Ann visited, and bought with Gold plus 50 seconds later; with Gold after ten more. Cid visited alone."""
    later, gold = first("purchased", **plan("any_value")), meanwhile("purchased", "equals", "Gold")
    steps = [first("visited site"), gold]
    count = await shop.complete(await shop.ask("people_count", {"filter": meanwhile("visited site", "empty")}))
    funnel = await shop.complete(await shop.ask("funnel", {"steps": steps}))
    dates = {"start_date": DAY - 3600, "end_date": DAY + 3600}
    cohorts = await shop.complete(
        await shop.ask("cohort", {"first": later, "again": gold, "period": "day", "periods": 0, **dates})
    )
    test = await shop.complete(await shop.ask("ab_test", {"property": "plan", "goal": gold}))

    assert count["data"] == {"count": 2}
    assert [(row["people"], row["median_seconds"]) for row in funnel["data"]] == [(2, None), (1, 60.0)]
    assert [(row["people"], row["period_0"]) for row in cohorts["data"] if row["people"]] == [(1, 1)]
    seen = {row["variation"]: (row["people"], row["converted"]) for row in test["data"]}
    assert seen == {"Gold plus": (1, 1), "Silver": (1, 0)}


A, B = Did("a"), Did("b")


def had(*numbers: float) -> Had:
    return Had("p", Values(numbers[0], numbers[-1]))


@pytest.mark.parametrize(
    ("question", "found"),
    [
        # Of 1 and 2, who are one, the last of the second is 2.0, with event b; 3 says 1.0 in the second after.
        (Did("a", meanwhile=had(2.0)), {1}),
        (Did("a", meanwhile=had(1.0)), set()),
        (Did("a", where=had(1.0), meanwhile=had(2.0)), {1}),
        (Did("a", meanwhile=Had("p", negated=True)), {3}),
        (Did("a", meanwhile=Had("q", negated=True)), {1, 3}),
        # It is the first time of all with each event of that second.
        (Did("a", where=had(1.0), is_first_ever=True), {1}),
        (Had("p", Values(2.0, 2.0), is_first_ever=True), {1}),
        (Had("p", Values(1.0, 1.0), is_first_ever=True), {1, 3}),
        (Did("a", Span(BEGAN + 6), where=had(1.0), is_first_ever=True), set()),
        (Group(Join.THEN, (Did("a", is_first_ever=True), Had("p", is_first_ever=True))), {3}),
        (Did("a", times=Times(Bound.EXACTLY, 0), is_first_ever=True), set()),
    ],
)
async def test_what_comes_in_one_second_has_one_answer(place: QueryPlace, question: Part, found: set[int]) -> None:
    done: list[Any] = [
        (1, 5, "a", {"p": 1.0}),
        (2, 5, "b", {"p": 2.0}),
        (1, 9, "a", {}),
        (3, 5, "a", {}),
        (3, 6, None, {"p": 1.0}),
    ]
    product, oracle = await a_history(place, done, [(1, 2)])

    assert set(await People(Tables(place.store, lambda: 1)).found(product, question)) == found
    assert oracle.answer(question) == found


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTIVITY, ALIASES, st.lists(FIRST_OR_MEANWHILE, min_size=1, max_size=10))
async def test_they_hold_of_whom_an_oracle_says(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], questions: list[Part]
) -> None:
    product, oracle = await a_history(place, done, aliases)
    people = People(Tables(place.store, lambda: 1))
    for question in questions:
        assert set(await people.found(product, question)) == oracle.answer(question), question
