"""Statements of SQL that nobody thought of: each is refused before the engine hears of it, or the engine answers it."""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.kissmetrics.records.compiled import About, compiled
from api.kissmetrics.records.noted import Noted
from api.kissmetrics.records.queries import query_in
from testkit.people_shop import Shop
from testkit.random_statements import RandomStatements
from tilde.domain.people.question import QuestionError
from tilde.store import QueryRefusedError
from tilde.store.migrate import database_of

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

STATEMENTS = int(os.environ.get("TILDE_STATEMENTS", "120"))  # three in a second
ROWS_MAX = 100
_SEVERAL_ROWS = "Code: 125."
"""Of a query that stands for one value, which only its rows say."""


def compiled_from(seed: int) -> str | None:
    """What the engine is given; None of a statement that is refused."""
    statement = RandomStatements(random.Random(seed)).statement()
    try:
        return compiled(query_in(statement), About(1), Noted(), ROWS_MAX).sql
    except QuestionError:
        return None


async def failure_of(shop: Shop, sql: str) -> str | None:
    """The engine's own words; None where it answers, or where only the rows could say that it cannot."""
    try:
        await shop.place.store.body(sql, format_="JSONEachRow", database=database_of(1))
    except QueryRefusedError as failed:
        return None if _SEVERAL_ROWS in str(failed) else str(failed)
    return None


@pytest.mark.parametrize("tables", ["chdb"], indirect=True)
@settings(max_examples=STATEMENTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 32))
async def test_a_statement_is_refused_at_once_or_answered(standing_shop: Shop, seed: int) -> None:
    """Of three persons, with LEFT JOIN, UNION, groups and queries within queries. None that is taken fails."""
    sql = compiled_from(seed)
    assert sql is None or await failure_of(standing_shop, sql) is None


async def test_many_of_them_are_taken() -> None:
    """Else the test above would say nothing."""
    assert sum(compiled_from(seed) is not None for seed in range(300)) > 75
