"""A query API over a real store, once on chDB and once over ClickHouse's HTTP protocol. The tables are made once a module,
and emptied for each test; so all tests of a module share its event loop, as `pytestmark` of those modules says. The
application, whose routes take longer to make than most requests to answer, is made again behind a test that changed
the catalog or the clock.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from testkit.clickhouse_server import ClickHouseServer
from testkit.emptied_tables import empty_tables
from testkit.people_shop import Shop, a_shop
from testkit.query_place import QueryPlace
from tilde.store import Store
from tilde.store.clickhouse import open_store
from tilde.store.migrate import drop_generation, migrate, point_views


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """One for all modules of a process: each drops its tables behind itself."""
    with ClickHouseServer(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["chdb", "http"])
async def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """Tables of generation 1, and the views on them."""
    if request.param == "chdb":
        store = await open_store(f"chdb://{tmp_path_factory.mktemp('tables')}")
    else:
        server = request.getfixturevalue("server")
        store = await open_store(f"clickhouse://{server.host}:{server.port}")
    await migrate(store, 1)
    await point_views(store, 1)
    yield store
    await drop_generation(store, 1)
    await store.close()


class Places:
    """The place of a module, as it was opened; another one where a test has changed it."""

    def __init__(self, tables: Store) -> None:
        self._tables = tables
        self._place: QueryPlace | None = None

    async def unchanged(self) -> QueryPlace:
        if self._place is None or not await self._place.is_as_opened():
            await self.close()
            self._place = QueryPlace(self._tables)
            await self._place.open()
        return self._place

    async def close(self) -> None:
        if self._place is not None:
            await self._place.http.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def places(tables: Store) -> AsyncIterator[Places]:
    places = Places(tables)
    yield places
    await places.close()


@pytest_asyncio.fixture(loop_scope="module")
async def place(tables: Store, places: Places) -> QueryPlace:
    """Empty tables of generation 1, and two accounts. A test that makes another generation drops it."""
    await empty_tables(tables)
    return await places.unchanged()


@pytest_asyncio.fixture(loop_scope="module")
async def shop(place: QueryPlace, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop of the test's own."""
    async with a_shop(place, tmp_path) as shop:
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_shop(places: Places, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One for all tests of a module that leave it as it is. `place` empties its tables, so none of these takes that."""
    async with a_shop(await places.unchanged(), tmp_path_factory.mktemp("shop")) as shop:
        yield shop
