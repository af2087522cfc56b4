"""The folder of the embedded store: whose it is, what it is called, and what a statement leaves in it."""

from pathlib import Path

import pytest

from testkit.clickhouse_server import ClickHouseServer
from tilde.store import Store
from tilde.store.clickhouse import open_store
from tilde.store.connect import StoreTakenError
from tilde.store.migrate import VIEWS_DATABASE, migrate, point_views

pytestmark = pytest.mark.store


async def answered(store: Store, sql: str) -> bytes:
    """The whole answer of an operator's statement."""
    return b"".join([piece async for piece in store.answer(sql, format_="CSVWithNames", database=VIEWS_DATABASE)])


async def test_a_folder_has_one_owner(tmp_path: Path):
    with ClickHouseServer(tmp_path), pytest.raises(StoreTakenError, match="another process"):
        await open_store(f"chdb://{tmp_path}")


async def test_the_process_of_a_statement_leaves_nothing(tmp_path):
    left = tmp_path / "sql-of-a-process-that-was-killed"
    left.mkdir()
    store = await open_store(f"chdb://{tmp_path}")
    await migrate(store, 1)
    await point_views(store, 1)
    await answered(store, "SELECT 1 AS n")

    assert list(tmp_path.glob("sql-*")) == []
    await store.close()


@pytest.mark.parametrize("name", ["a%20b", "a#b", "a b"])
async def test_the_store_stands_in_its_folder_whatever_that_is_called(name, tmp_path):
    """Nothing of the name is taken for a URL's."""
    store = await open_store(f"chdb://{tmp_path / name}")
    await migrate(store, 1)
    await point_views(store, 1)

    assert await answered(store, "SELECT 1 AS n") == b'"n"\n1\n'
    await store.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
