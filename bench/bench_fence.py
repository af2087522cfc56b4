"""What it costs a worker that state is fenced: flushes, and transactions of a source partition, a second, by load.

    python -m bench.bench_fence [--seconds 20]

Writes of samples over all partitions of `sample_writes`; those without a ref change nothing of what is remembered. Each
load runs twice: with a transaction for every position, as it was once, and as it is. How many writes came is printed,
since the broker's disk may be slower than the load.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
from pathlib import Path

from bench.bench_faust import cpu_s, ready
from streams.drivers.kafka.names import changelogs
from streams.topology import processors
from testkit.kafka_broker import KafkaBroker
from testkit.samples import a_write, an_event
from testkit.sealed import FakeEdge
from tilde.eventlog import Append
from tilde.eventlog.kafka import KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import SAMPLE_WRITES

LOADS = {"light": (2, 1, 10), "medium": (60, 1, 10), "full, no refs": (80, 250, 0), "full, some refs": (80, 250, 10)}
"""Batches a second, writes a batch, and of how many writes one has a ref."""
WORKER = """
import json, pathlib, sys, uvloop
from streams import wiring
from streams.contract import NO_CATALOG
from streams.drivers.kafka import flush, flushes

class Counting(flushes.KafkaFlushes):
    counts = {"flushes": 0, "transactions": 0}

    async def send_outputs(self, drained):
        self.counts["flushes"] += 1
        pathlib.Path(sys.argv[3]).write_text(json.dumps(self.counts))
        return await super().send_outputs(drained)

    async def send_positions(self, drained):
        fenced = {each.partition for each in drained if self._changelogs.have(each.processor)}
        self.counts["transactions"] += len(fenced)
        await super().send_positions(drained)

flush.POSITION_S = float(sys.argv[4])
wiring.KafkaFlushes = Counting
uvloop.run(wiring.run_streams(sys.argv[1], 1, pathlib.Path(sys.argv[2]), NO_CATALOG))
"""


def batches(writes: int, ref_every: int) -> "itertools.chain[Append]":
    """Without end, partition by partition."""
    edge, number = FakeEdge(), itertools.count(1)

    def batch(partition: int) -> Append:
        numbers = [next(number) for _ in range(writes)]
        refs = [f"order {n % 5000}" if ref_every and n % ref_every == 0 else None for n in numbers]
        made = [a_write(edge.next_id(), ref, number=float(n)) for n, ref in zip(numbers, refs, strict=True)]
        return edge.seal(partition, [an_event(write) for write in made], SAMPLE_WRITES)

    return itertools.chain.from_iterable(map(batch, range(SAMPLE_WRITES.partitions)) for _ in itertools.count())


async def measure(load: str, position_s: float, seconds: float) -> None:
    """Runs one load on a broker of its own, and prints its figures."""
    rate, writes, ref_every = LOADS[load]
    with KafkaBroker() as broker, tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts"
        await create_topics(broker.bootstrap, changelogs=changelogs(1, processors()))
        arguments = [broker.bootstrap, folder, str(counts), str(position_s)]
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, *arguments)
        await ready(Path(folder))
        writer, clock, coming = KafkaWriter(broker.bootstrap), SystemClock(), batches(writes, ref_every)
        await writer.append([next(coming)])
        began_s, before_s, sent = clock.monotonic_s(), cpu_s(worker.pid), 0
        while (passed_s := clock.monotonic_s() - began_s) < seconds:
            due = [next(coming) for _ in range(min(16, int(passed_s * rate) - sent))]
            sent += len(due)
            await writer.append(due)
            await asyncio.sleep(0.005)
        used_s = cpu_s(worker.pid) - before_s
        found = json.loads(counts.read_text())
        worker.terminate()
        await worker.wait()
        await writer.close()
    told = ", ".join(f"{count / seconds:5.1f} {name}" for name, count in found.items())
    told = f"{sent * writes / seconds:7.0f} writes, {told} a second; {used_s / seconds:6.1%} of a CPU"
    print(f"{load:16} position after {position_s} s: {told}", flush=True)


def main() -> None:
    """Measures all loads, in pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    for load in LOADS:
        for position_s in (0.0, 2.0):
            asyncio.run(measure(load, position_s, seconds))


if __name__ == "__main__":
    main()
