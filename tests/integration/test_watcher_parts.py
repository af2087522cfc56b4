"""What watchers are made with: they look into the catalog and the tables, and the tables are the query API's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from testkit.first_sights import FirstSights, text_of
from testkit.fixed_clock import FixedClock
from testkit.query_place import OPERATOR, QueryPlace
from testkit.rows import a_metric
from testkit.sealed import NOON_MS
from tilde.settings import Settings
from tilde.store import QueryRefusedError, StoreError
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, point_views
from tilde.web.http_clients import open_async_client, open_transport
from watchers import topology
from watchers.contract import Occasion, RefusedForGoodError, Send
from watchers.queried_tables import QueriedTables
from watchers.wiring import destinations, parts_over


class NoMemory:
    def items(self, prefix: str = "") -> list[tuple[str, object]]:
        return []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[QueryPlace]:
    store = await open_store(f"chdb://{tmp_path_factory.mktemp('store')}")
    await migrate(store, 1)
    await point_views(store, 1)
    place = QueryPlace(store)
    await place.insert("metric", a_metric("hits"), a_metric("load", "value"))
    yield place
    await place.http.aclose()
    await store.close()


def settings_of(data: Path) -> Settings:
    return Settings(data=data, key="00" * 32, operator_token=OPERATOR.replace(" ", "-"))


async def test_a_watcher_is_made_with_the_parts_and_finds_the_catalog(
    tmp_path: Path, place: QueryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "WATCHERS", (FirstSights,))
    await place.follower.read_to_end()
    parts = parts_over(settings_of(tmp_path), place.follower, place.http)
    (watcher,) = topology.watchers(parts)
    _, letter = watcher.look(Occasion(NOON_MS, await watcher.read(NOON_MS)), NoMemory())  # type: ignore[arg-type]

    assert isinstance(letter, Send)
    assert text_of(letter.body) == f"at {NOON_MS}: 0 seen, {len(place.follower.catalog.accounts)} accounts"


async def test_a_destination_is_made_with_them_too(tmp_path: Path, place: QueryPlace) -> None:
    parts = parts_over(settings_of(tmp_path), place.follower, place.http)
    (mail,) = destinations(parts, FixedClock(NOON_MS))

    assert mail.name == "mail"
    with pytest.raises(RefusedForGoodError, match="writes no letters of a kind that comes later"):
        await mail.deliver("w.clock.1.0", b'{"kind": "of a kind that comes later"}')


async def test_rows_of_the_tables_come_by_column(place: QueryPlace) -> None:
    rows = await QueriedTables(place.http, OPERATOR).rows("SELECT name, kind FROM metrics ORDER BY name")
    none = await QueriedTables(place.http, OPERATOR).rows("SELECT name FROM metrics WHERE name = 'nobody'")

    assert [row["name"] for row in rows] == ["hits", "load"]
    assert set(rows[0]) == {"name", "kind"}
    assert none == []


async def test_a_wrong_statement_is_refused(place: QueryPlace) -> None:
    with pytest.raises(QueryRefusedError):
        await QueriedTables(place.http, OPERATOR).rows("SELECT nothing FROM nowhere")


async def test_tables_that_cannot_be_asked_come_again_later(tmp_path: Path, place: QueryPlace) -> None:
    """An occasion waits for a StoreError to pass: nobody there, an answer that is none, another token."""
    away = open_async_client(open_transport(uds=str(tmp_path / "api.sock")), base_url="http://query-api")
    busy = open_async_client(httpx.MockTransport(lambda _: httpx.Response(503, text="busy")), base_url="http://api")
    for client, token in ((away, OPERATOR), (busy, OPERATOR), (place.http, "another")):
        with pytest.raises(StoreError, match="query API"):
            await QueriedTables(client, token).rows("SELECT 1")
    await away.aclose()
    await busy.aclose()
