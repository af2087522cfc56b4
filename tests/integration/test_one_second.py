"""Two identities of a person do one event in one second, and different things are said of one property: whoever tells of
it tells the last of the log, on both engines, whatever the identities are called.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.kissmetrics.records.meanings import SEALED
from api.kissmetrics.records.records import RecordsSql
from api.reads.people.opened import Opened
from api.reads.people.people import People, SealedValue
from api.reads.tables import Tables
from testkit.asked_people import AskedPeople
from testkit.edges import KEYRING
from testkit.people_histories import a_history
from testkit.query_place import QueryPlace
from testkit.questions import BEGAN
from tilde.domain.people.activity import SealedIdentity
from tilde.domain.people.question import EVER

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]

GOLD, LEAD = 77, -78  # keyed hashes of texts
ONE_PERSON = [(1, 2), (2, 3)]
NUMBER, GOLD_TOO, LAST = (1, 0, "a", {"p": 1.0}), (3, 0, "a", {"p": GOLD, "q": 5.0}), (2, 0, "a", {"p": 3.0})
PROPERTIES = ("p", "q")
TOLD = ", ".join(f"property_value('{name}'), numeric_property_value('{name}')" for name in PROPERTIES)
RECORDS = f"SELECT timestamp_ms, person, coalesce(event_name, ''), {TOLD} FROM records ORDER BY 1, 2, 3"
ACTS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 1),
        st.sampled_from(["a", None]),
        st.dictionaries(st.sampled_from(PROPERTIES), st.sampled_from([1.0, -2.5, 0.0, GOLD, LEAD]), max_size=2),
    ),
    max_size=12,
)


@settings(max_examples=2, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(ACTS)
@example([NUMBER, GOLD_TOO, LAST])
@example([LAST, NUMBER, GOLD_TOO])
async def test_the_last_word_counts_whoever_tells(place: QueryPlace, done: list[Any]) -> None:
    """SQL over records, and what a person did."""
    product, oracle = await a_history(place, done, ONE_PERSON)
    tables = Tables(place.store, lambda: 1)
    people = People(tables)
    sql = RecordsSql(tables, people, Opened(KEYRING.keyed_hash, None), place.follower)

    assert await sql.found(product, sql.read(RECORDS, {}), EVER) == recorded(oracle)
    assert await shown(people, product) == {(at, event): said for (at, _, event), said in oracle.said_by_act().items()}


def recorded(oracle: AskedPeople) -> list[list[Any]]:
    """The rows that the statement has to find."""
    return [
        [at * 1000, person, event, *(cell for name in PROPERTIES for cell in _cells(said.get(name)))]
        for (at, person, event), said in sorted(oracle.said_by_act().items(), key=lambda told: told[0])
    ]


def _cells(value: float | None) -> tuple[str | None, float | None]:
    if value is None:
        return None, None
    return (f"{SEALED}{value}", None) if isinstance(value, int) else (f"{value:g}", value)


async def shown(people: People, product: int) -> dict[tuple[int, str], dict[str, float | int | None]]:
    """What the person did, as an operator is shown it."""
    identities = [SealedIdentity(identity, 0, b"") for identity in (1, 2, 3)]
    acts = await people.timeline(product, identities, BEGAN + 10, 100)
    assert [(-act.at, act.event or "") for act in acts] == sorted((-act.at, act.event or "") for act in acts)
    assert all([*act.properties] == sorted(act.properties) for act in acts)
    return {(act.at, act.event or ""): {name: _value(value) for name, value in act.properties.items()} for act in acts}


def _value(value: SealedValue) -> float | int | None:
    return value.number if value.text is None else value.text
