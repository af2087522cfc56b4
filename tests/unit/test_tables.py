"""The runner of statements: which generation it asks, and for which purpose."""

import pytest

from api.reads.tables import Tables
from tilde.store import NoTableError, Purpose, StoreError


class FakeStore:
    """A store that has the databases of some generations, and tells what it was asked."""

    def __init__(self, *generations: int) -> None:
        self.databases = [f"tilde_g{generation}" for generation in generations]
        self.asked = []
        self.meanwhile = lambda: None

    async def rows(self, sql, parameters, purpose):
        self.meanwhile()
        self.asked.append((parameters["database"], purpose))
        if parameters["database"] not in self.databases:
            raise NoTableError(sql)
        return [(parameters["database"], parameters.get("metric"))]

    async def body(self, sql, parameters, purpose, *, format_):
        assert format_ == "RowBinary"
        await self.rows(sql, parameters, purpose)
        return bytes([7, 0, 0, 0, 9, 0, 0, 0])


async def test_a_statement_is_asked_of_the_generation_that_is_read_then():
    store, read = FakeStore(1, 2), [1]
    tables = Tables(store, lambda: read[0])  # type: ignore[arg-type]
    assert await tables.rows("stat.newest", {"metric": 3}) == [("tilde_g1", 3)]
    read[0] = 2

    assert await tables.rows("stats.clashes") == [("tilde_g2", None)]


async def test_each_purpose_has_a_lane_of_its_own():
    store = FakeStore(1)
    tables = Tables(store, lambda: 1)  # type: ignore[arg-type]
    await tables.rows("stat.newest")
    await tables.rows("export.next", {}, Purpose.EXPORT)

    assert store.asked == [("tilde_g1", Purpose.REQUEST), ("tilde_g1", Purpose.EXPORT)]


async def test_rows_of_numbers_come_packed():
    assert list(await Tables(FakeStore(1), lambda: 1).packed("stats.ids", {}, "<II")) == [(7, 9)]  # type: ignore[arg-type]


async def test_a_generation_that_goes_in_the_middle_of_a_statement_is_not_missed():
    """A replay drops what it has replaced."""
    store, read = FakeStore(2), [1]
    store.meanwhile = lambda: read.__setitem__(0, 2)

    assert await Tables(store, lambda: read[0]).rows("stats.clashes") == [("tilde_g2", None)]  # type: ignore[arg-type]
    assert [database for database, _ in store.asked] == ["tilde_g1", "tilde_g2"]


async def test_a_table_that_is_not_there_is_told_where_nothing_moved():
    store = FakeStore()
    with pytest.raises(NoTableError):
        await Tables(store, lambda: 1).rows("stats.clashes")  # type: ignore[arg-type]

    assert len(store.asked) == 1


async def test_a_store_that_is_away_is_not_asked_twice():
    class Away(FakeStore):
        async def rows(self, sql, parameters, purpose):
            self.asked.append(parameters["database"])
            raise StoreError("away")

    store, read = Away(), [1]
    with pytest.raises(StoreError, match="away"):
        await Tables(store, lambda: read[0]).rows("stats.clashes")  # type: ignore[arg-type]

    assert store.asked == ["tilde_g1"]
