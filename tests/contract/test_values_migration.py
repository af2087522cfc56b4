"""Table property_values gets the event into its key: a migration of several statements, killed behind each of them, and
asked by others between any two.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sinks.block import join
from streams.contract import Message, no_outputs
from streams.processors.activity import ActivityProcessor
from streams.state import State
from testkit.clickhouse_server import ClickHouseServer
from testkit.people import a_number, an_activity
from tilde.schemas.cut_activity import cut_event
from tilde.schemas.registry import latest
from tilde.schemas.topics import PROPERTY_VALUES
from tilde.store import NoTableError, Purpose, QueryRefusedError, Row, SqlParameters, Store
from tilde.store import migrate as of_store
from tilde.store.clickhouse import open_store
from tilde.store.migrate import Migration, drop_generation, migrate, migrations

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
STEPS = [migration for migration in migrations() if 21 <= migration.number <= 26]
TABLES = "SELECT name FROM system.tables WHERE database = 'tilde_g1' AND name LIKE 'property_values%'"
KEY = "SELECT sorting_key FROM system.tables WHERE database = 'tilde_g1' AND name = 'property_values'"
COUNT = "SELECT count() FROM tilde_g1.property_values FINAL"
SHOWN = "SELECT event, number FROM tilde_g1.property_values FINAL ORDER BY ALL"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["chdb", "http"])
async def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    folder: Path = tmp_path_factory.mktemp("store")
    if request.param == "chdb":
        store = await open_store(f"chdb://{folder}")
        yield store
        await store.close()
        return
    with ClickHouseServer(folder) as server:
        store = await open_store(f"clickhouse://{server.host}:{server.port}")
        yield store
        await store.close()


async def migrate_to(store: Store, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a release did that had no further migration, or a process that was killed behind this one."""
    with monkeypatch.context() as patch:
        patch.setattr(of_store, "migrations", lambda: [each for each in migrations() if each.number <= number])
        await migrate(store, 1)


async def said(store: Store, name: str, amount: float) -> None:
    """Somebody did an event with an amount, all in one second."""
    event, outputs = an_activity(1, 7, name, properties=[a_number("amount", amount)]), no_outputs()
    ActivityProcessor().fold(Message(1, 1, {"events": [cut_event(event)]}, 0), outputs, State())
    block = join(latest(PROPERTY_VALUES.subject), outputs[PROPERTY_VALUES.name])
    await store.insert_block("tilde_g1.property_values", block)


class Watched:
    """A store of which somebody asks how many values there are, behind each statement that changes something. It may
    die behind the exchange, or one of the statements that follow, or be on a file system that exchanges no names.
    """

    def __init__(self, store: Store, dies_behind: int | None = None, *, exchanges: bool = True) -> None:
        self._store = store
        self._dies_behind = dies_behind
        self._exchanges = exchanges
        self.counted: list[tuple[object, ...]] = []
        self.carried_out: list[str] = []

    async def rows(
        self, sql: str, parameters: SqlParameters | None = None, purpose: Purpose = Purpose.REQUEST
    ) -> list[Row]:
        return await self._store.rows(sql, parameters, purpose)

    async def execute(self, sql: str, parameters: SqlParameters | None = None) -> None:
        if sql.startswith("EXCHANGE") and not self._exchanges:
            raise QueryRefusedError("not on this file system")
        await self._store.execute(sql, parameters)
        self.counted += await found(self._store, COUNT)
        if self.carried_out or sql.startswith("EXCHANGE"):
            self.carried_out.append(sql.split(maxsplit=1)[0])
        if len(self.carried_out) == self._dies_behind:
            raise KilledError


class KilledError(Exception):
    """The process, at this point."""


async def found(store: Store, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await store.rows(sql)]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
async def test_a_migration_that_is_killed_behind_a_statement_goes_on(
    store: Store, step: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement was carried out and is not written down. Nothing is lost, and no table is left over."""
    await migrate_to(store, STEPS[0].number - 1, monkeypatch)
    await said(store, "purchased", 10.0)
    await migrate_to(store, step.number - 1, monkeypatch)
    await store.execute(step.sql, {"database": "tilde_g1"})
    await migrate(store, 1)
    await said(store, "upsold", 5.0)

    assert await found(store, TABLES) == [("property_values",)]
    assert await found(store, KEY) == [("product, property, at, identity, event",)]
    assert await found(store, SHOWN) == [("purchased", 10.0), ("upsold", 5.0)]
    await drop_generation(store, 1)


async def test_what_a_sink_writes_behind_the_copy_is_there_in_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was copied."""
    await migrate_to(store, STEPS[0].number - 1, monkeypatch)
    await said(store, "purchased", 10.0)
    await migrate_to(store, STEPS[1].number, monkeypatch)
    await said(store, "upsold", 5.0)
    await migrate(store, 1)

    assert await found(store, SHOWN) == [("purchased", 10.0), ("upsold", 5.0)]
    await drop_generation(store, 1)


async def test_who_asks_between_two_statements_is_answered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one table or by the other: at no moment the name has none, and nothing is missing."""
    await migrate_to(store, STEPS[0].number - 1, monkeypatch)
    await said(store, "purchased", 10.0)
    watched = Watched(store)
    await migrate(watched, 1)  # type: ignore[arg-type]  # of a Store what a migration needs
    await said(store, "upsold", 5.0)

    assert set(watched.counted) == {(1,)}
    assert len(watched.counted) > 2 * len(STEPS)
    assert await found(store, KEY) == [("product, property, at, identity, event",)]
    assert await found(store, SHOWN) == [("purchased", 10.0), ("upsold", 5.0)]
    await drop_generation(store, 1)


async def test_who_asks_all_the_time_is_always_answered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a statement, too."""
    await migrate_to(store, STEPS[0].number - 1, monkeypatch)
    await said(store, "purchased", 10.0)
    counted: list[tuple[object, ...]] = []

    async def ask() -> None:
        while True:
            counted.extend(await found(store, COUNT))

    asking = [asyncio.create_task(ask()) for _ in range(2)]
    await migrate(store, 1)
    there = len(counted)
    while len(counted) < there + 2:
        assert not any(task.done() for task in asking)
        await asyncio.sleep(0.01)
    for task in asking:
        task.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)

    assert all(isinstance(end, asyncio.CancelledError) for end in ended)
    assert set(counted) == {(1,)}
    await drop_generation(store, 1)


@pytest.mark.parametrize("behind", [["EXCHANGE"], ["EXCHANGE", "RENAME"], ["EXCHANGE", "RENAME", "INSERT"]])
async def test_an_exchange_that_is_killed_behind_a_statement_goes_on(
    store: Store, behind: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was made is not made again, which would undo it; the INSERT writes down the first of two numbers."""
    await migrate_to(store, STEPS[0].number - 1, monkeypatch)
    await said(store, "purchased", 10.0)
    watched = Watched(store, len(behind))
    with pytest.raises(KilledError):
        await migrate(watched, 1)  # type: ignore[arg-type]
    await migrate(store, 1)
    await said(store, "upsold", 5.0)

    assert watched.carried_out == behind
    assert await found(store, TABLES) == [("property_values",)]
    assert await found(store, KEY) == [("product, property, at, identity, event",)]
    assert await found(store, SHOWN) == [("purchased", 10.0), ("upsold", 5.0)]
    await drop_generation(store, 1)


async def test_where_no_names_can_be_exchanged_tables_are_renamed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the migrations say it, so a question between the two finds none."""
    await migrate_to(store, STEPS[0].number - 1, monkeypatch)
    await said(store, "purchased", 10.0)
    with pytest.raises(NoTableError):
        await migrate(Watched(store, exchanges=False), 1)  # type: ignore[arg-type]
    await migrate(store, 1)

    assert await found(store, KEY) == [("product, property, at, identity, event",)]
    assert await found(store, SHOWN) == [("purchased", 10.0)]
    await drop_generation(store, 1)
