"""Funnels, cohorts and A/B tests over real tables: what an oracle answers that looks at each person and each second, and
the three Query APIs that ask for them.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.reads.people.ab_tests import AbTests
from api.reads.people.cohorts import CohortReads
from api.reads.people.funnels import Funnels
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.search import PeopleSearch
from api.reads.tables import Tables
from testkit import asked_in_order
from testkit.edges import KEYRING
from testkit.people_histories import ACTIVITY, ALIASES, HISTORIES, a_history
from testkit.query_place import QueryPlace
from testkit.questions import AB_TESTS, BEGAN, COHORTS, FUNNELS
from tilde.domain.people.ab_test import AbTest, Seen
from tilde.domain.people.cohort import Cohort, Cohorts
from tilde.domain.people.funnel import Funnel, Step, Walked
from tilde.domain.people.question import Bound, Did, Group, Join, Span, Times
from tilde.domain.people.segment import Of, Segment, Value, Which

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

SAME = settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck))


def parts_of(place: QueryPlace) -> tuple[Tables, PeopleSearch]:
    tables = Tables(place.store, lambda: 1)
    return tables, PeopleSearch(People(tables), Opened(KEYRING.keyed_hash, None))


@SAME
@given(ACTIVITY, ALIASES, st.lists(FUNNELS, min_size=1, max_size=5))
async def test_funnels_are_as_an_oracle_walks_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], funnels: list[Funnel]
) -> None:
    product, oracle = await a_history(place, done, aliases)
    for funnel in funnels:
        assert set(await Funnels(*parts_of(place)).walked(product, funnel)) == asked_in_order.walked(oracle, funnel)


@SAME
@given(ACTIVITY, ALIASES, st.lists(COHORTS, min_size=1, max_size=5))
async def test_cohorts_are_as_an_oracle_counts_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], several: list[tuple[Cohorts, tuple[int, ...]]]
) -> None:
    product, oracle = await a_history(place, done, aliases)
    for cohorts, edges in several:
        found = await CohortReads(*parts_of(place)).counted(product, cohorts, edges)
        assert set(found) == asked_in_order.counted(oracle, cohorts, edges)


@SAME
@given(ACTIVITY, ALIASES, st.lists(AB_TESTS, min_size=1, max_size=5))
async def test_ab_tests_are_as_an_oracle_sees_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], tests: list[AbTest]
) -> None:
    product, oracle = await a_history(place, done, aliases)
    for test in tests:
        assert set(await AbTests(*parts_of(place)).seen(product, test)) == asked_in_order.seen(oracle, test)


async def test_the_smallest_of_more_than_a_hundred_segments_are_one(place: QueryPlace) -> None:
    """103 values, of which one has two people, and somebody of whom nothing is said; all came, half of them again."""
    many, last = 103, 200
    done: list[Any] = [(n, 0, "a", {"p": float(n % many)}) for n in range(1, many + 2)]
    done += [(last, 0, "a", {}), *((n, 5, "b", {}) for n in range(2, many + 2, 2))]
    product, _ = await a_history(place, done, [])
    tables, search = parts_of(place)
    segment, steps = Segment("p"), Group(Join.THEN, (Did("a"), Did("b")))
    walked = await Funnels(tables, search).walked(product, Funnel(steps, ("", ""), None, segment))
    cohorts = Cohorts(Did("a"), Did("b"), Span(BEGAN, BEGAN + 1), "day", 1, segment)
    counted = await CohortReads(tables, search).counted(product, cohorts, (BEGAN, BEGAN + 9))
    seen = await AbTests(tables, search).seen(product, AbTest(Segment("p", Which.FIRST), Did("b"), ""))

    assert [each.segment for each in walked] == [each.segment for each in counted]
    assert [each.variation for each in seen] == [each.segment for each in walked[:-1]]  # who saw none is in no test
    assert [each.segment.of for each in walked] == [*[Of.VALUE] * 100, Of.OTHERS, Of.NOBODY]
    assert walked[0] == Walked(Value(Of.VALUE, 1.0), (Step(2, None, None), Step(1, 5.0, 5.0)))
    assert counted[0] == Cohort(None, Value(Of.VALUE, 1.0), 2, (1,))
    assert seen[0] == Seen(Value(Of.VALUE, 1.0), 2, 1)
    others = [walked[100].steps[0].people, counted[100].people, seen[100].people]
    assert others == [3, 3, 3]
    assert walked[101].steps == (Step(1, None, None),)


async def test_a_second_of_two_identities_is_one_step_of_a_sequence(place: QueryPlace) -> None:
    """One person did it twice in one second, another one in two."""
    done: list[Any] = [(1, 0, "a", {}), (2, 0, "a", {}), (3, 0, "a", {}), (3, 1, "a", {})]
    product, _ = await a_history(place, done, [(1, 2)])
    twice = Group(Join.THEN, (Did("a", times=Times(Bound.AT_LEAST, 2)),))

    assert list(await People(Tables(place.store, lambda: 1)).found(product, twice)) == [3]
