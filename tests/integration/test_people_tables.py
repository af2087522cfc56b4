"""What people did, in tables and as analysts see it: the rows of a log, some twice, and views that know each person once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from sinks.block import join
from streams.drivers.partition_fold import PartitionFold
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from testkit.people import NOON_S, a_number, a_text, an_activity
from testkit.sealed import FakeEdge
from tilde.domain.log.position import Position
from tilde.eventlog import Record
from tilde.schemas.registry import latest
from tilde.schemas.topics import ACTIVITY, OF_PEOPLE
from tilde.store import Store
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, point_views

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
LAST = 2**32 - 1
BATCHES = [
    [
        an_activity(1, 9, properties=[a_number("amount", 9.5), a_text("plan", 77)], said=b"\xff"),
        an_activity(2, 7, at=NOON_S),
        an_activity(3, 7, at=NOON_S + 1, properties=[a_number("amount", 3.0)]),
        an_activity(4, 5, "bought", at=LAST, product=33),
    ],
    [
        an_activity(5, 7, None, properties=[a_number("amount", 4.0)]),
        an_activity(6, 9, other=7),
        an_activity(7, 2**62, "bought"),
    ],
]


def time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    store = await open_store(f"chdb://{tmp_path_factory.mktemp('store')}")
    await migrate(store, 1)
    await point_views(store, 1)
    edge = FakeEdge()
    folds = [PartitionFold(processor, 3, Position()) for processor in (ActivityProcessor(), PeopleProcessor())]
    for offset, batch in enumerate(BATCHES):
        (sealed,) = edge.seal(3, batch, ACTIVITY).values
        for fold in folds:
            fold.take(Record(offset, sealed))
    for outputs in [fold.drain() for fold in folds]:
        for topic in (topic for topic in OF_PEOPLE if outputs[topic.name]):
            for rows in (outputs[topic.name], outputs[topic.name][:1]):  # one comes again, as after a crash
                await store.insert_block(f"tilde_g1.{topic.name}", join(latest(topic.subject), rows))
    yield store
    await store.close()


async def rows(store: Store, sql: str) -> list[Any]:
    return [tuple(row) for row in await store.rows(sql)]


async def test_events_are_as_they_stood_last(store: Store) -> None:
    """By product and name; the last second that there is, too."""
    assert await rows(store, "SELECT product, event, index, total FROM tilde.events ORDER BY ALL") == [
        (32, "bought", 2, 1),
        (32, "signed up", 1, 2),
        (33, "bought", 1, 1),
    ]
    assert await rows(store, "SELECT last_used_at, first_sent_at FROM tilde.events WHERE product = 33") == [
        (time(LAST), time(NOON_S))
    ]


async def test_properties_are_numbered_beside_events(store: Store) -> None:
    """In the order of the log."""
    assert await rows(store, "SELECT product, property, index, first_used_at FROM tilde.properties ORDER BY ALL") == [
        (32, "amount", 1, time(NOON_S)),
        (32, "plan", 2, time(NOON_S)),
    ]


async def test_people_have_the_number_of_their_smallest_identity(store: Store) -> None:
    """Those of another product beside."""
    assert await rows(store, "SELECT product, identity, person FROM tilde.people ORDER BY ALL") == [
        (32, 7, 7),
        (32, 9, 7),
        (32, 2**62, 2**62),
        (33, 5, 5),
    ]
    assert await rows(store, "SELECT who, key FROM tilde_g1.people FINAL WHERE identity = 9") == [("c2VhbGVkIDk=", 10)]


async def test_what_two_identities_of_a_person_did_in_one_second_is_there_once(store: Store) -> None:
    """And each total is as many rows."""
    shown = "SELECT product, event, at, person, event_id FROM tilde.occurrences ORDER BY ALL"
    assert await rows(store, shown) == [
        (32, "bought", time(NOON_S), 2**62, 7),
        (32, "signed up", time(NOON_S), 7, 1),
        (32, "signed up", time(NOON_S + 1), 7, 3),
        (33, "bought", time(LAST), 5, 4),
    ]
    counted = "SELECT product, event, count() FROM tilde.occurrences GROUP BY ALL ORDER BY ALL"
    assert await rows(store, counted) == await rows(
        store, "SELECT product, event, total FROM tilde.events ORDER BY ALL"
    )


async def test_of_a_persons_values_in_one_second_each_event_keeps_its_own(store: Store) -> None:
    """A number, or what stands for a text; what was set without an event beside them."""
    shown = "SELECT property, at, person, event, number, text FROM tilde.property_values ORDER BY ALL"
    assert await rows(store, shown) == [
        ("amount", time(NOON_S), 7, "", 4.0, None),
        ("amount", time(NOON_S), 7, "signed up", 9.5, None),
        ("amount", time(NOON_S + 1), 7, "signed up", 3.0, None),
        ("plan", time(NOON_S), 7, "signed up", None, 77),
    ]
    sealed = "SELECT property, said FROM tilde_g1.property_values FINAL WHERE identity = 9 ORDER BY property"
    assert await rows(store, sealed) == [("amount", ""), ("plan", "/w==")]
