"""Table people gets another codec for the numbers that every question reads: of a folder that has people already."""

import pytest

from tilde.store import Purpose, Store
from tilde.store import migrate as of_store
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate, migrations

pytestmark = [pytest.mark.store, pytest.mark.asyncio]

BEFORE, THIS = 26, 27
KNOWN = """INSERT INTO tilde_g1.people
    SELECT 1, number + 1, {version:UInt64}, 0, if(number % 10 = 1, number, number + 1), 1, 'sealed', toDateTime64(1790000000, 3, 'UTC')
    FROM numbers(1000)"""
READ = "SELECT count(), sum(identity), sum(person), min(version) FROM tilde_g1.people FINAL"
CODECS = """SELECT name, compression_codec FROM system.columns
    WHERE database = 'tilde_g1' AND table = 'people' AND name IN ('identity', 'person') ORDER BY name"""


async def test_people_who_are_there_are_read_as_before_beside_new_ones_and_once_they_are_merged(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store = await open_store(f"chdb://{tmp_path_factory.mktemp('store')}")
    with monkeypatch.context() as patch:
        patch.setattr(of_store, "migrations", lambda: [each for each in migrations() if each.number <= BEFORE])
        await migrate(store, 1)
    await store.execute(KNOWN, {"version": 1})
    before = await store.rows(READ, {}, Purpose.REQUEST)

    applied = await migrate(store, 1)
    (this,) = [each for each in applied if each.number == THIS]
    await store.execute(this.sql, {"database": "tilde_g1"})  # as after a kill before it was recorded

    assert await store.rows(CODECS) == [("identity", "CODEC(LZ4)"), ("person", "CODEC(LZ4)")]
    assert await store.rows(READ) == before == [(1000, 500_500, 500_400, 1)]
    await store.execute(KNOWN, {"version": 2})
    assert await store.rows(READ) == [(1000, 500_500, 500_400, 2)]
    await store.execute("OPTIMIZE TABLE tilde_g1.people FINAL", {})
    assert await store.rows(READ) == [(1000, 500_500, 500_400, 2)]
    await store.close()
