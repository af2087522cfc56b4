"""Keeps how far the sink is in the store itself: in table `sink_positions` of the generation, beside the rows.

A position is saved after the rows below it are durable, so it may lag and never leads. What it lags by is inserted
again after a crash, which changes nothing: a row's sorting key is its identity. And a store that is moved or restored
carries the positions that fit its rows. So no group commits and no file of their own are needed, in either mode.
"""

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from tilde.store.port import Store, StoreReader
from tilde.store.sql import statement


class SinkPosition(NamedTuple):
    """Where the sink stands in one partition of an output topic, or of `progress`; `passed` is what was said there, by
    source topic, of what is in the tables.
    """

    topic: str
    partition: int
    next_offset: int
    passed: dict[str, int]


async def load_positions(store: StoreReader, database: str) -> list[SinkPosition]:
    """The positions that were saved last. Raises StoreError."""
    rows = await store.rows(statement("tilde.store", "positions.list"), {"database": database})
    return [SinkPosition(*row) for row in rows]


async def save_positions(store: Store, database: str, positions: Iterable[SinkPosition]) -> None:
    """Saves positions whose rows are in; one that is lower than what is saved changes nothing. Raises StoreError."""
    lines = b"\n".join(orjson.dumps(position._asdict()) for position in positions)
    await store.insert_block(f"{database}.sink_positions", lines, "JSONEachRow")
