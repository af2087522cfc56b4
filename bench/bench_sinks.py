"""How many rows a CPU second the sink takes from the embedded log into chDB, the store's own threads included.

    python -m bench.bench_sinks [--rows 2000000]

`insert` is the store alone, block after block; `sink` is reading, joining and inserting (the target is 500,000 rows a
CPU second); `trickle` is what little, steady traffic costs.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sinks.block import join
from sinks.loop import ROWS_MAX
from sinks.wiring import open_sink
from testkit.memory_log import MemoryLog
from testkit.rows import NOON_MS, a_milestone, a_point
from tilde.data_folder import outputs_path
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.garbage import collect_rarely
from tilde.schemas.registry import latest
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate

PARTITIONS = 16
METRICS = [metric_id(1, "counter", f"stat {n}") for n in range(1000)]


def messages(count: int) -> list[bytes]:
    return [
        a_point(metric=METRICS[i * 7919 % len(METRICS)], received_at=NOON_MS + i, version=i, number=float(i % 100))
        for i in range(count)
    ]


def fill(data: Path, rows: list[bytes], batch: int) -> None:
    """As the driver writes: each flush is one append of one partition, and what is said of it."""
    log = LogFile(outputs_path(data, 1), writes=True)
    ends = [0] * PARTITIONS
    for n, first in enumerate(range(0, len(rows), batch)):
        partition, values = n % PARTITIONS, rows[first : first + batch]
        ends[partition] += len(values)
        said = a_milestone(partition, n, points=ends[partition], metrics=0, dead_letters=0)
        log.append([Append("points", partition, values), Append("progress", partition, [said])])
    log.close()


async def insert(store: ClickHouse, data: Path, rows: list[bytes], batch: int) -> None:
    for first in range(0, len(rows), batch):
        await store.insert_block("tilde_g1.points", join(latest("point"), rows[first : first + batch]))


async def sink(store: ClickHouse, data: Path, rows: list[bytes], batch: int) -> None:
    sink = await open_sink(SqliteLog(data), store, 1, SystemClock())
    while await sink.step():
        pass


async def trickle(store: ClickHouse, a_second: int, seconds: int) -> float:
    """CPU seconds a second at a steady trickle, one append every five milliseconds."""
    log = MemoryLog()
    sink = await open_sink(log, store, 1, SystemClock())
    task = asyncio.create_task(sink.run())
    rows = messages(a_second // 200)
    await asyncio.sleep(0.5)
    cpu_s = time.process_time()
    for n in range(200 * seconds):
        said = a_milestone(n % PARTITIONS, n, points=(n // PARTITIONS + 1) * len(rows), metrics=0, dead_letters=0)
        await log.append([Append("points", n % PARTITIONS, rows), Append("progress", n % PARTITIONS, [said])])
        await asyncio.sleep(0.005)
    task.cancel()
    return (time.process_time() - cpu_s) / seconds


async def fresh(folder: Path, name: str) -> ClickHouse:
    store = await open_store(f"chdb://{folder / name}")
    await migrate(store, 1)
    return store


async def main(rows_count: int) -> None:
    collect_rarely()
    table = Table("traffic", "rows", "rows per CPU second", "rows per second", title="Sink: messages into chDB")
    rows = messages(rows_count)
    with tempfile.TemporaryDirectory() as folder:
        for work, batch in ((insert, 10_000), (insert, ROWS_MAX), (sink, 10_000), (sink, 500)):
            name = f"{work.__name__}, {'blocks' if work is insert else 'appends'} of {batch:,}"
            data = Path(folder) / name
            fill(data, rows, batch)
            store = await fresh(data, "store")
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            await work(store, data, rows, batch)
            cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
            table.add_row(name, f"{rows_count:,}", f"{rows_count / cpu_s:,.0f}", f"{rows_count / wall_s:,.0f}")
            await store.close()
        for a_second in (200, 2000):
            store = await fresh(Path(folder), f"trickle-{a_second}")
            cpu = await trickle(store, a_second, 10)
            table.add_row(f"trickle of {a_second}/s", f"{10 * a_second:,}", f"({cpu:.0%} of a core)", "")
            await store.close()
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    asyncio.run(main(parser.parse_args().rows))
