"""A replay after an erasure: values that the tables had lost come back, of whoever is still there; of who was erased
nothing is readable, in any table, file or answer.
"""

import asyncio
import json
import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from testkit.hits import every_byte
from testkit.query_client import QueryClient
from testkit.query_kinds import ANN, BEGAN, BOB, CID, DID, all_rows, put_all
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until
from tilde.data_folder import edge_folder, keyholders_path, store_dsn
from tilde.keys.keyholder_tables import Secret
from tilde.keys.keyholders import ErasedError, Keyholder
from tilde.schemas.topics import OF_PEOPLE
from tilde.settings import load_settings, open_keyring
from tilde.store import Purpose, Store
from tilde.store.clickhouse import open_store

pytestmark = pytest.mark.e2e

SECOND, STOOD = BEGAN + 5_000, "2025-10-09 10:16:40"
IN_ONE_SECOND = tuple(
    f"e?_p={who}&_n={event}&_t={SECOND}&_d=1&what={text}&price={price}"
    for who, event, text, price in (
        (ANN, "Bought", "violet+boots", 3),
        (ANN, "Returned", "torn+shoes", 2),
        (CID, "Bought", "yellow+socks", 7),
        (CID, "Returned", "old+socks", 4),
    )
)
OF_ANN = ("anonymous-1", ANN, "deep blue shoes", "violet boots", "torn shoes")
OF_OTHERS = {BOB, CID, "pale red", "a blue hat", "red socks", "yellow socks", "old socks"}
GENERATIONS = "SELECT name FROM system.databases WHERE name LIKE 'tilde_g%'"
TABLES = "SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name"
LOSE = """
ALTER TABLE {database:Identifier}.property_values DELETE WHERE product = {product:UInt32} AND event = 'bought' AND at = {second:UInt32}
SETTINGS mutations_sync = 2
"""


def on_the_store(tilde: RunningTilde, work: Callable[[Store, str], Any]) -> Any:
    """What comes of it while this process has the store, with the database of the generation that is read."""

    async def run() -> Any:
        store = await open_store(store_dsn(tilde.data))
        try:
            ((database,),) = await store.rows(GENERATIONS)
            return await work(store, database)
        finally:
            await store.close()

    assert tilde.stop() == 0
    done = asyncio.run(run())
    tilde.start()
    return done


async def rows_of_tables(store: Store, database: str, product: int) -> dict[str, list[dict[str, Any]]]:
    """Of every table, with all that was replaced and is not merged yet, but what is of other products: tests that have
    the same Tilde know an Ann, too.
    """
    found = {}
    for (name,) in await store.rows(TABLES, {"database": database}):
        body = await store.body(f"SELECT * FROM {database}.{name}", purpose=Purpose.EXPORT, format_="JSONEachRow")
        rows = [json.loads(line) for line in body.splitlines()]
        found[name] = [row for row in rows if row.get("product", product) == product]
    return found


def readable(tilde: RunningTilde, rows: dict[str, list[dict[str, Any]]]) -> str:
    """All that can be read of what is sealed in some tables, with whatever key there is."""
    keyring = open_keyring(load_settings(data=tilde.data))
    with closing(sqlite3.connect(keyholders_path(edge_folder(tilde.data)))) as db:
        keys = [Keyholder(Secret(*row), keyring) for row in db.execute("SELECT * FROM visitor")]

    def opened(sealed: bytes) -> Iterator[str]:
        for key in keys:
            with suppress(ErasedError):
                yield json.dumps(key.open(sealed))

    cells = [row[name] for each in rows.values() for row in each for name in ("who", "said") if row.get(name)]
    return "\n".join(text for cell in cells for text in opened(b64decode(cell)))


def test_a_replay_brings_back_what_was_lost_and_nothing_of_who_was_erased(shared: RunningTilde) -> None:
    """Of both a value was lost, as the table's first key lost one where two events of a second had it."""
    asked = QueryClient(shared.client, shared.account, shared.operator())
    for query in (*DID, *IN_ONE_SECOND):
        assert shared.client.get(f"/{query}&_k={asked.key}").status_code == 200
    shared.wait_counted()
    asked.know()
    before, cid = all_rows(asked, put_all(asked)), asked.person(CID)
    assert {"what", "price"} == cid["acts"][0]["properties"].keys() == cid["acts"][1]["properties"].keys()
    shared.run("person", "erase", ANN, "--product", str(asked.product))
    erased = all_rows(asked, put_all(asked))
    assert erased != before
    lost = {"product": asked.product, "second": SECOND}
    on_the_store(shared, lambda store, database: store.execute(LOSE, {"database": database, **lost}))
    assert all_rows(asked, put_all(asked)) != erased
    assert asked.person(CID) != cid

    shared.run("replay")
    asked.texts.clear()
    assert all_rows(asked, put_all(asked)) == erased
    assert asked.person(CID) == cid
    answers = "\n".join(asked.texts)
    rows = on_the_store(shared, lambda store, database: rows_of_tables(store, database, asked.product))
    told = readable(shared, {topic.name: rows[topic.name] for topic in OF_PEOPLE})

    assert [text for text in OF_ANN if text in answers or text in told or text in json.dumps(rows)] == []
    assert [text for text in OF_OTHERS if text not in told] == []
    assert [text for text in OF_OTHERS - {"yellow socks", "old socks"} if text not in answers] == []
    values = rows["property_values"]
    back = [(row["event"], row["property"], row["number"]) for row in values if row["at"] == STOOD]
    assert sorted(back, key=str) == [
        (event, *value)
        for event, numbers in (("bought", (3, 7)), ("returned", (2, 4)))
        for value in (*(("price", number) for number in numbers), ("what", None), ("what", None))
    ]
    until(
        lambda: not [text for text in OF_ANN if text.encode() in every_byte(shared.data)],
        PATIENCE_S,
        lambda: "a file has something of Ann's",
    )
