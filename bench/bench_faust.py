"""How fast a streams worker is, on a real broker through Faust: decode, fan out, encode, acknowledged, position.

    python -m bench.bench_faust [EVENTS]

The machine may be busy with other things, so what counts is the worker's own CPU time.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from streams.drivers.kafka.names import changelogs
from streams.topology import processors
from testkit.kafka_broker import KafkaBroker
from testkit.sealed import FakeEdge
from tilde.data_folder import heartbeat_path
from tilde.eventlog import Append
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.runtime.clock import SystemClock
from tilde.runtime.heartbeat import trouble_of
from tilde.schemas.topics import POINTS, STATS

EVENTS = 600_000
BATCH = 500
NAMES = 1000
CASES = {"no ~": ("", 1), "~ of three": ("~red,green,blue", 3)}
WORKER = """
import sys, uvloop, pathlib
from streams.contract import NO_CATALOG
from streams.wiring import run_streams
uvloop.run(run_streams(sys.argv[1], 1, pathlib.Path(sys.argv[2]), NO_CATALOG))
"""
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def batches(events: int, tail: str) -> list[Append]:
    """Sealed batches of BATCH events over all partitions; NAMES different stats."""
    edge = FakeEdge()
    made = []
    for number in range(events // BATCH):
        posts = [edge.post(f"page views of site {(number * BATCH + i) % NAMES}{tail}", 2.5) for i in range(BATCH)]
        made.append(edge.seal(number % STATS.partitions, posts))
    return made


async def points(log: KafkaLog) -> int:
    """How many messages there are in topic points."""
    return sum((await log.end_offsets([(POINTS.name, partition) for partition in range(POINTS.partitions)])).values())


async def measure(name: str, events: int) -> None:
    """Runs one case on a broker of its own and prints its figures."""
    tail, width = CASES[name]
    clock = SystemClock()
    appends = batches(events, tail)
    with KafkaBroker() as broker, tempfile.TemporaryDirectory() as folder:
        await create_topics(broker.bootstrap, changelogs=changelogs(1, processors()))
        log, writer = KafkaLog(broker.bootstrap), KafkaWriter(broker.bootstrap)
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, broker.bootstrap, folder)
        await ready(Path(folder))
        warm_up = appends[: len(appends) // 10]
        await append(writer, warm_up)
        await reached(log, len(warm_up) * BATCH * width)
        before_s, began_s, before = cpu_s(worker.pid), clock.monotonic_s(), await points(log)
        await append(writer, appends[len(warm_up) :])
        await reached(log, before + (len(appends) - len(warm_up)) * BATCH * width)
        used_s, took_s = cpu_s(worker.pid) - before_s, clock.monotonic_s() - began_s
        worker.terminate()
        await worker.wait()
        await log.close()
        await writer.close()
    done = (len(appends) - len(warm_up)) * BATCH
    print(
        f"{name:12} {done:8} events: {done / used_s / 1000:6.0f} k events, {done * width / used_s / 1000:6.0f} k points"
        f" out a CPU second of the worker ({took_s:.1f} s by the clock, {used_s:.1f} s of CPU)"
    )


async def ready(folder: Path) -> None:
    """Returns when the worker holds its partitions."""
    while trouble_of(heartbeat_path(folder, "streams"), SystemClock().now_ms()) is not None:
        await asyncio.sleep(0.1)


async def append(writer: KafkaWriter, appends: list[Append]) -> None:
    """Appends, some at a time: one a partition goes into one request."""
    for first in range(0, len(appends), STATS.partitions):
        await writer.append(appends[first : first + STATS.partitions])


async def reached(log: KafkaLog, messages: int) -> None:
    """Returns when topic points has so many messages."""
    while await points(log) < messages:
        await asyncio.sleep(0.1)


def main() -> None:
    """Measures all cases."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    for name in CASES:
        asyncio.run(measure(name, events))


if __name__ == "__main__":
    main()
