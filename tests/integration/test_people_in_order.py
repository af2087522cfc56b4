"""Funnels, cohorts and A/B tests over real tables: what an oracle answers that looks at each person and each second, and
the three Query APIs that ask for them.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.reads.opened import Opened
from api.reads.people import People
from api.reads.people_ab_tests import AbTests
from api.reads.people_cohorts import CohortReads
from api.reads.people_funnels import Funnels
from api.reads.people_search import PeopleSearch
from api.reads.tables import Tables
from testkit import asked_in_order
from testkit.edges import KEYRING
from testkit.people_histories import ACTIVITY, ALIASES, HISTORIES, a_history
from testkit.query_place import QueryPlace
from testkit.questions import AB_TESTS, COHORTS, FUNNELS
from tilde.domain.people.ab_test import AbTest
from tilde.domain.people.cohort import Cohorts
from tilde.domain.people.funnel import Funnel

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
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], several: list[Cohorts]
) -> None:
    product, oracle = await a_history(place, done, aliases)
    for cohorts in several:
        found = await CohortReads(*parts_of(place)).counted(product, cohorts)
        assert set(found) == asked_in_order.counted(oracle, cohorts)


@SAME
@given(ACTIVITY, ALIASES, st.lists(AB_TESTS, min_size=1, max_size=5))
async def test_ab_tests_are_as_an_oracle_sees_them(
    place: QueryPlace, done: list[Any], aliases: list[tuple[int, int]], tests: list[AbTest]
) -> None:
    product, oracle = await a_history(place, done, aliases)
    for test in tests:
        assert set(await AbTests(*parts_of(place)).seen(product, test)) == asked_in_order.seen(oracle, test)
