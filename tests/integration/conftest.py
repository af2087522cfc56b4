"""A query API over a real store, once on chDB and once over ClickHouse's HTTP protocol."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tilde.store.clickhouse import open_store
from tilde.store.migrate import drop_generation, migrate, point_views
from tilde.testing.clickhouse_server import ClickHouseServer
from tilde.testing.query_place import QueryPlace


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ClickHouseServer]:
    with ClickHouseServer(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(params=["chdb", "http"])
async def place(request, tmp_path) -> AsyncIterator[QueryPlace]:
    """Empty tables of generation 1, and two accounts."""
    if request.param == "chdb":
        store = await open_store(f"chdb://{tmp_path}")
    else:
        server = request.getfixturevalue("server")
        store = await open_store(f"clickhouse://{server.host}:{server.port}")
    await migrate(store, 1)
    await point_views(store, 1)
    place = QueryPlace(store)
    await place.open()
    yield place
    await place.http.aclose()
    await drop_generation(store, 1)
    await store.close()
