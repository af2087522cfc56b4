"""How many rows a CPU second the sink takes into chDB: encoded messages from a log in memory, the store's threads included.

    python -m bench.bench_sinks [--rows 2000000]

The target is 500,000 rows a CPU second in batches of ten thousand. `trickle` is what little, steady traffic costs.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sinks.loop import ROWS_MAX
from sinks.wiring import open_sink
from tilde.clock import SystemClock
from tilde.domain.metrics import metric_id
from tilde.eventlog import Append
from tilde.eventlog.memory import MemoryLog
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate
from tilde.testing.rows import NOON_MS, a_marker, a_point

PARTITIONS = 16
METRICS = [metric_id(1, "counter", f"stat {n}") for n in range(1000)]


def messages(count: int) -> list[bytes]:
    return [
        a_point(metric=METRICS[i * 7919 % len(METRICS)], received_at=NOON_MS + i, version=i, number=float(i % 100))
        for i in range(count)
    ]


async def fill(log: MemoryLog, rows: list[bytes], batch: int) -> None:
    """As the driver writes: each flush is one append of one partition, with its marker."""
    for n, first in enumerate(range(0, len(rows), batch)):
        await log.append([Append("points", n % PARTITIONS, [*rows[first : first + batch], a_marker(n)])])


async def measure(store: ClickHouse, rows: list[bytes], batch: int) -> tuple[float, float]:
    log = MemoryLog()
    await fill(log, rows, batch)
    sink = await open_sink(log, store, 1, SystemClock())
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    while await sink.step():
        pass
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


async def trickle(store: ClickHouse, a_second: int, seconds: int) -> float:
    """CPU seconds a second at a steady trickle, one append every five milliseconds."""
    log = MemoryLog()
    sink = await open_sink(log, store, 1, SystemClock())
    task = asyncio.create_task(sink.run())
    rows = messages(a_second // 200)
    await asyncio.sleep(0.5)
    cpu_s = time.process_time()
    for n in range(200 * seconds):
        await log.append([Append("points", n % PARTITIONS, [*rows, a_marker(n)])])
        await asyncio.sleep(0.005)
    task.cancel()
    return (time.process_time() - cpu_s) / seconds


async def fresh(folder: Path, name: str) -> ClickHouse:
    store = await open_store(f"chdb://{folder / name}")
    await migrate(store, 1)
    return store


async def main(rows_count: int) -> None:
    table = Table("traffic", "rows", "rows per CPU second", "rows per second", title="Sink: messages into chDB")
    rows = messages(rows_count)
    with tempfile.TemporaryDirectory() as folder:
        for name, batch, count in (
            (f"full batches of {ROWS_MAX:,}", ROWS_MAX, rows_count),
            ("appends of 500", 500, rows_count),
        ):
            store = await fresh(Path(folder), name.replace(" ", "-"))
            cpu_s, wall_s = await measure(store, rows[:count], batch)
            table.add_row(name, f"{count:,}", f"{count / cpu_s:,.0f}", f"{count / wall_s:,.0f}")
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
