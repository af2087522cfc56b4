"""How the engine goes about a question about people, whatever it has learned of the tables."""

import pytest

from api.reads.people.metrics import over_time_sql
from testkit.query_place import QueryPlace
from tilde.domain.people.metric import Metric, MetricKind
from tilde.store.port import Purpose

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = 20_000
BEGAN, UNTIL = 1_790_000_000, 1_790_086_400
RECEIVED = "toDateTime64(1790000000, 3, 'UTC')"
DONE = f"""INSERT INTO tilde_g1.occurrences
    SELECT 1, 'event', toDateTime(1790000000 + number, 'UTC'), number + 1, number, 0, number, {RECEIVED}
    FROM numbers(1000)"""
KNOWN = f"""INSERT INTO tilde_g1.people
    SELECT 1, number + 1 AS identity, 1, 0, if(number % 50 = 1, 1, identity), 1, 'sealed', {RECEIVED}
    FROM numbers({PEOPLE})"""
MERGED = ("OPTIMIZE TABLE tilde_g1.occurrences FINAL", "OPTIMIZE TABLE tilde_g1.people FINAL")


async def test_aliases_stay_the_right_side_of_a_join_after_a_merge(place: QueryPlace) -> None:
    """Of parts that were merged the engine knows numbers, by which it had what was done held in memory, and people asked
    who of them did it: a metric over time took twice the CPU.
    """
    for statement in (DONE, KNOWN, *MERGED):
        await place.store.execute(statement, {})
    asked = over_time_sql(Metric(MetricKind.PEOPLE, "event"), [BEGAN], UNTIL)
    values = {"database": "tilde_g1", "product": 1, **asked.parameters}
    plan = await place.store.rows(f"EXPLAIN actions = 1 {asked.sql}", values, Purpose.JOB)

    types = [line.partition("Type: ")[2].partition(" ")[0] for (line,) in plan if "Strictness" in line]

    assert types == ["left"]
