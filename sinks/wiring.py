"""Builds the sink over an open log and an open store."""

import asyncio
from contextlib import suppress
from pathlib import Path

from sinks.loop import SAVE_S, SAVE_S_MIN, ReplayNeededError, Sink
from tilde.eventlog import LogReader
from tilde.eventlog.watched import WatchedLog
from tilde.runtime.clock import Clock, SystemClock
from tilde.runtime.garbage import collect_rarely
from tilde.runtime.heartbeat import BEAT_S, write_heartbeat
from tilde.runtime.tasks import beside, cancel
from tilde.runtime.telling import Outage
from tilde.store import Store, StoreError
from tilde.store.migrate import database_of, migrate
from tilde.store.positions import SinkPosition, load_positions
from tilde.store.tables import TABLES


async def open_sink(log: LogReader, store: Store, generation: int, clock: Clock, save_s: float = SAVE_S) -> Sink:
    """The sink of a generation whose tables stand, ready to `run`; `log` is its own, since one task reads a LogReader.
    `save_s`: how often its positions are saved.

    Raises ReplayNeededError, LogError, StoreError.
    """
    database = database_of(generation)
    saved = await load_positions(store, database)
    await _check(log, saved)
    return Sink(log, store, database, clock, saved, save_s)


async def run_sinks(brokers: str, store: Store, generation: int, heartbeat: Path, outage: Outage) -> None:
    """The sink on Kafka, until cancelled; leaves its heartbeat in a file, and tells `outage` how the log is."""
    from tilde.eventlog.kafka import KafkaLog  # noqa: PLC0415 - `tilde up` has none

    clock = SystemClock()
    log = WatchedLog(KafkaLog(brokers, generation), outage)
    await migrate(store, generation)
    # Other processes read there how far the tables are.
    sink = await open_sink(log, store, generation, clock, SAVE_S_MIN)
    reporting = asyncio.create_task(_report(sink, heartbeat, clock))
    collect_rarely()
    try:
        await beside([reporting], sink.run())
    finally:
        await cancel(reporting)
        with suppress(StoreError):  # then it comes again at the next start
            await sink.save()
        await log.close()


async def _report(sink: Sink, path: Path, clock: Clock) -> None:
    while True:
        write_heartbeat(path, clock.now_ms(), sink.trouble())
        await asyncio.sleep(BEAT_S)


async def _check(log: LogReader, saved: list[SinkPosition]) -> None:
    """Each topic must hold all from our next offset on; reading on from its start would leave a hole in the tables."""
    next_offsets = {(position.topic, position.partition): position.next_offset for position in saved}
    for table in TABLES:
        for partition in range(table.topic.partitions):
            next_offset = next_offsets.get((table.name, partition), 0)
            start = await log.start_offset(table.name, partition)
            end = await log.end_offset(table.name, partition)
            if not start <= next_offset <= end:
                raise ReplayNeededError(
                    f"output topic {table.name}/{partition} holds offsets {start} to {end}, and the tables go on at"
                    f" {next_offset}; `tilde replay` builds them again from the raw topics"
                )
