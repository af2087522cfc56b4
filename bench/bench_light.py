"""What light traffic costs `tilde up`: CPU seconds of its processes, and how soon a post can be queried.

    python -m bench.bench_light [--posts-per-s 50] [--seconds 60]

The baseline is the same number of posts at once: what is above it is the price of their coming one by one. Idle is
what all processes take while nothing comes. Who looks for a row asks for it by that; how soon it is there for who does
not ask is the pace of the processors.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.bench_pipeline import exchange
from bench.report import Row, table
from testkit.running import RunningTilde, children_of

POSTS_PER_S = 50
SECONDS = 60
CLIENTS = 5
PROBES = 100
LOOK_S = 0.02
FORM = b"application/x-www-form-urlencoded"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """CPU seconds by process; `others` are the supervisor and the watchers."""

    edge: float
    pipeline: float
    others: float

    @property
    def both(self) -> float:
        """Of edge and pipeline together."""
        return self.edge + self.pipeline

    @property
    def all(self) -> float:
        """Of everything that `tilde up` runs."""
        return sum(self)

    def since(self, before: "Spent") -> "Spent":
        """What was spent in between."""
        return Spent(*(now - then for now, then in zip(self, before, strict=True)))


def spent(tilde: RunningTilde) -> Spent:
    """So far."""
    edge, pipeline = tilde.child("edge"), tilde.child("pipeline")
    others = [pid for pid in (tilde.pid, *children_of(tilde.pid)) if pid not in (edge, pipeline)]
    return Spent(_cpu_s(edge), _cpu_s(pipeline), sum(map(_cpu_s, others)))


def _cpu_s(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def run(posts_per_s: int = POSTS_PER_S, seconds: int = SECONDS) -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder, RunningTilde(Path(folder) / "data") as tilde:
        tilde.account = tilde.create_account("bench")
        return asyncio.run(measured(tilde, posts_per_s, seconds))


async def measured(tilde: RunningTilde, posts_per_s: int, seconds: int) -> list[Row]:
    """All rows, of a Tilde that has nothing else to do."""
    ezkey = tilde.account["ezkey"].encode()
    await steadily(tilde, ezkey, posts_per_s, 5)  # warm
    await asyncio.to_thread(tilde.wait_counted)
    before = spent(tilde)
    await asyncio.sleep(seconds / 2)
    idle = spent(tilde).since(before).all / (seconds / 2)
    at_once = await at_once_costs(tilde, posts_per_s * seconds)
    before = spent(tilde)
    await steadily(tilde, ezkey, posts_per_s, seconds)
    light = spent(tilde).since(before)
    ages = await ages_of_probes(tilde, ezkey, posts_per_s)
    p99 = statistics.quantiles(ages, n=100)[98]
    what = f"{posts_per_s} posts/s"
    return [
        Row("idle: all processes", "% of a core", f"{idle:.1%}", "", "1 %"),
        Row(f"{posts_per_s * seconds:,} posts at once", "CPU s", f"{at_once:.2f}", "1.0", ""),
        Row(f"{what}: edge, {seconds} s", "CPU s", f"{light.edge:.2f}", f"{light.edge / at_once:.1f}", ""),
        Row(f"{what}: pipeline, {seconds} s", "CPU s", f"{light.pipeline:.2f}", f"{light.pipeline / at_once:.1f}", ""),
        Row(f"{what}: both, {seconds} s", "CPU s", f"{light.both:.2f}", f"{light.both / at_once:.1f}", ""),
        Row(f"{what}: all processes, {seconds} s", "CPU s", f"{light.all:.2f}", f"{light.all / at_once:.1f}", ""),
        Row(f"{what}: acknowledged to read", "p50 ms", f"{statistics.median(ages) * 1000:.0f}", "", ""),
        Row(f"{what}: acknowledged to read", "p99 ms", f"{p99 * 1000:.0f}", "", "1,000"),
    ]


async def steadily(tilde: RunningTilde, ezkey: bytes, posts_per_s: int, seconds: float) -> None:
    """Posts at a steady rate, one after the other from a few clients in turn."""
    connections = [await asyncio.open_connection(tilde.host, tilde.port) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for n in range(int(posts_per_s * seconds)):
        await asyncio.sleep(max(0, began + n / posts_per_s - time.perf_counter()))
        await exchange(*connections[n % CLIENTS], b"ezkey=%s&stat=load+%d&count=1" % (ezkey, n % 20), FORM)
    for _, writer in connections:
        writer.close()


async def at_once_costs(tilde: RunningTilde, posts: int) -> float:
    """CPU seconds of so many posts that come as fast as they are taken, each a request of its own, to the last row."""
    ezkey = tilde.account["ezkey"].encode()
    before = spent(tilde)
    left = iter(range(posts))

    async def client() -> None:
        reader, writer = await asyncio.open_connection(tilde.host, tilde.port)
        for n in left:
            await exchange(reader, writer, b"ezkey=%s&stat=load+%d&count=1" % (ezkey, n % 20), FORM)
        writer.close()

    await asyncio.gather(*(client() for _ in range(16)))
    await asyncio.to_thread(tilde.wait_counted)
    return spent(tilde).since(before).both


async def ages_of_probes(tilde: RunningTilde, ezkey: bytes, posts_per_s: int) -> list[float]:
    """Seconds from the answer to the row, of posts among the others. To look costs CPU, so it is not counted."""
    loading = asyncio.create_task(steadily(tilde, ezkey, posts_per_s, PROBES))
    reader, writer = await asyncio.open_connection(tilde.host, tilde.port)
    ages = []
    for number in range(1, PROBES + 1):
        await exchange(reader, writer, b"ezkey=%s&stat=probe&value=%d" % (ezkey, number), FORM)
        answered = time.perf_counter()
        while not await asyncio.to_thread(_is_there, tilde, number):
            await asyncio.sleep(LOOK_S)
        ages.append(time.perf_counter() - answered)
        await asyncio.sleep(0.013 * (number % 40))  # at any moment of a round
    loading.cancel()
    writer.close()
    return ages


def _is_there(tilde: RunningTilde, number: int) -> bool:
    return any(value == number for _, value in tilde.points("probe", "value"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--posts-per-s", type=int, default=POSTS_PER_S)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    asked = parser.parse_args()
    print(table(run(asked.posts_per_s, asked.seconds)))
