"""A question about people needs as much memory the third time as the first."""

from typing import cast

import pytest

from api.reads.people.people import People
from api.reads.tables import Tables
from testkit.query_place import QueryPlace
from tilde.domain.people.question import Did, Group, Join
from tilde.store.port import Purpose
from tilde.store.profiles import MIB, READERS

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

PEOPLE, EVENTS = 100_000, 10
AT, RECEIVED = "toDateTime(1790000000 + number % 1000, 'UTC')", "toDateTime64(1790000000, 3, 'UTC')"
NTH = "reinterpretAsInt64(bitShiftRight(cityHash64({nth}), 1))"
DONE = f"""INSERT INTO tilde_g1.occurrences
    SELECT
        1, concat('event ', toString(number % {EVENTS})), {AT}, {NTH.format(nth=f"intDiv(number, {EVENTS})")},
        number, 0, number, {RECEIVED}
    FROM numbers({PEOPLE * EVENTS})"""
KNOWN = f"""INSERT INTO tilde_g1.people
    SELECT 1, {NTH.format(nth="number")} AS identity, 1, 0, if(number % 50 = 1, 1, identity), 1, 'sealed', {RECEIVED}
    FROM numbers({PEOPLE})"""


async def test_a_question_that_is_asked_again_needs_no_more_memory(
    place: QueryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine remembered how large the sides of a join were, and with what it had learned the third answer to a
    question of ten events took a gigabyte, of which the first had taken 150 MB.
    """
    job = cast("dict[str, int]", READERS[Purpose.JOB])
    monkeypatch.setitem(job, "max_memory_usage", 40 * MIB)
    monkeypatch.setitem(job, "max_threads", 1)  # each has tables of its own
    for statement in (DONE, KNOWN):
        await place.store.execute(statement, {})
    any_ = Group(Join.ANY, tuple(Did(f"event {nth}") for nth in range(EVENTS)))
    people = People(Tables(place.store, lambda: 1))

    assert [len(await people.found(1, any_)) for _ in range(4)] == [98_001] * 4
