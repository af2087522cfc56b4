"""Samples: what one costs the processor beside a post, what those that are remembered take, and how long reads take at
ten million samples of 2,001 stats, one of which holds a quarter of them.

    python -m bench.bench_samples [--rows 10000000] [--requests 300] [--folder KEPT]

The target is a p99 below 50 ms for a list of 50 of one stat. Every tenth sample has a ref; its id is a hash, so it lies
anywhere. Reads are calls in this process, one at a time.
"""

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api.reads.settling import Settling
from api.reads.stats.samples import Samples
from bench.bench_processors import BATCHES, EVENTS, PLAIN, ROUNDS
from bench.bench_processors import records as posts
from bench.bench_query import DAYS, METRICS
from bench.report import Row, table
from bench.timing import timed
from streams.contract import NO_CATALOG, Processor
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, PartitionFold
from streams.processors.samples import SamplesProcessor
from streams.processors.stats import StatsProcessor
from testkit.query_place import NOW, QueryPlace
from testkit.samples import a_write
from testkit.sealed import sealed_samples
from tilde.domain.log.identity import EPOCH_MS
from tilde.domain.log.position import Position
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.eventlog import Record
from tilde.schemas import hot
from tilde.schemas.sample_writes import sample_write_encoder
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate, pending
from tilde.store.progress import StoredProgress

REMEMBERED = 200_000
FILL = """
INSERT INTO tilde_g1.samples
SELECT
    1, metric, fromUnixTimestamp64Milli(ms, 'UTC'),
    if(has_ref, pow2 + cityHash64(n, ms) % pow2, bitShiftLeft(toUInt64(ms - {epoch_ms:Int64}), 13) + n % 256),
    n, 0, if(has_ref, concat('order ', toString(ms), ' ', toString(n)), ''), (n % 1000) / 8,
    if(n % 3 = 0, concat('{"plan": "', toString(n % 7), '"}'), ''),
    fromUnixTimestamp64Milli(ms, 'UTC'), fromUnixTimestamp64Milli(ms, 'UTC')
FROM
(
    SELECT
        number AS n,
        {first_ms:Int64} + intDiv(number * 86400000, {rows:UInt64}) AS ms,
        cityHash64(number, {first_ms:Int64}) AS chance,
        chance % 10 = 7 AS has_ref,
        toUInt64(4503599627370496) AS pow2,
        {metrics:Array(UInt64)}[if(chance % 4 = 0, 1, 2 + intDiv(chance, 4) % 2000)] AS metric
    FROM numbers({rows:UInt64})
)
"""

# The processor


def plain() -> list[Record]:
    """Batches of samples without a ref, hot as an edge writes them."""
    received = hot.long(1_795_000_000_000)
    names = [hot.posted_name(1, metric_id(1, "counter", name), "counter", name) for name in PLAIN]
    return _batches(
        lambda n: hot.sample_written((5 << 40) + n, names[n % len(names)], 1.0, None, None, received), BATCHES
    )


def upserts(refs: int, batches: int = BATCHES) -> list[Record]:
    """Batches of writes of so many refs, one after the other."""
    encode = sample_write_encoder()
    return _batches(
        lambda n: encode(a_write((5 << 40) + n, f"order {n % refs}", number=float(n), t_ms=1), Kind.COUNTER, None),
        batches,
    )


def _batches(event: Callable[[int], bytes], batches: int) -> list[Record]:
    made = []
    for offset in range(batches):
        events = [event(offset * EVENTS + n) for n in range(EVENTS)]
        made.append(Record(offset, sealed_samples("0123456789abcdef", 1, offset + 1, offset or -1, 0, events)))
    return made


def fold_s(processor: Processor, batches: list[Record]) -> float:
    """CPU seconds for all of them, what is made durable encoded as a driver does it."""
    fold = PartitionFold(processor, 0, Position())
    began = time.process_time()
    for record in batches:
        fold.take(record)
        if fold.events >= EVENTS_PER_FLUSH_MAX or fold.has_much_state:
            fold.drain()
            fold.state.drain()
    fold.drain()
    return time.process_time() - began


def remembered_bytes() -> float:
    """What a sample with a ref takes in a worker's memory."""
    batches = upserts(REMEMBERED, REMEMBERED // EVENTS)
    fold = PartitionFold(SamplesProcessor(NO_CATALOG), 0, Position())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for record in batches:
        fold.take(record)
        fold.drain()
        fold.state.drain()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / REMEMBERED


def run() -> list[Row]:
    """The rows of the processor."""
    memory = remembered_bytes()  # first: the process is small
    stats = statistics.median(fold_s(StatsProcessor(), records) for records in [posts(PLAIN)] * ROUNDS)
    rows = [Row("stats, for comparison", "events/CPU s", f"{BATCHES * EVENTS / stats:,.0f}", "1.00", "")]
    for what, records in (("samples, plain", plain()), ("samples, upserts of 1,000 refs", upserts(1_000))):
        took = statistics.median(fold_s(SamplesProcessor(NO_CATALOG), records) for _ in range(ROUNDS))
        rows.append(Row(what, "events/CPU s", f"{BATCHES * EVENTS / took:,.0f}", f"{stats / took:.2f}", ""))
    rows.append(Row("samples that are remembered", "MB a million", f"{memory:,.0f}", "", ""))
    return rows


# The reads


async def fill(store: ClickHouse, rows: int) -> None:
    for day in range(DAYS):
        first_ms = (NOW - (DAYS - day) * 86_400) * 1000
        parameters = {"epoch_ms": EPOCH_MS, "first_ms": first_ms, "rows": rows // DAYS, "metrics": METRICS}
        await store.execute(FILL, parameters)


async def some(store: ClickHouse, where: str, count: int) -> list[tuple[int, int, str]]:
    """Metric, id and ref of some samples."""
    sql = f"SELECT metric, id, ref FROM tilde_g1.samples WHERE {where} AND cityHash64(id) % 1000 = 1 LIMIT {count}"
    return [(row[0], row[1], row[2]) for row in await store.rows(sql)]


async def main(folder: Path, rows: int, requests: int) -> None:
    store = await open_store(f"chdb://{folder}")
    is_new = bool(await pending(store, 1))
    await migrate(store, 1)
    if is_new:
        await fill(store, rows)
    place = QueryPlace(store)
    samples = Samples(place.stats(), Settling(place.log, StoredProgress(store, lambda: 1), lambda: 1))
    chance = random.Random(1)  # the same every time
    stats = chance.sample(METRICS[1:], 1000)
    plain_ones, with_refs = await some(store, "ref = ''", requests), await some(store, "ref != ''", requests)
    week = 7 * 86_400_000
    asked: dict[str, Callable[[int], Awaitable[object]]] = {
        "the newest 50 of a stat": lambda n: samples.listed(1, stats[n % 1000], 50),
        "the newest 50 of the busy stat": lambda _: samples.listed(1, METRICS[0], 50),
        "50 of the busy stat, of a week": lambda n: samples.listed(
            1, METRICS[0], 50, NOW * 1000 - week - n, NOW * 1000 - week // 2 - n
        ),
        "one by its id": lambda n: samples.one(1, plain_ones[n % len(plain_ones)][1]),
        "one with a ref, by its id": lambda n: samples.one(1, with_refs[n % len(with_refs)][1]),
        "one by a ref that nobody has": lambda n: samples.by_ref(1, METRICS[0], f"nobody's {n}"),
        "settled, where nothing is under way": lambda n: samples.settle(stats[n % 1000]),
    }
    shown = {name: await timed(ask, requests) for name, ask in asked.items()}
    parts = await store.rows(
        "SELECT count(), sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'samples'"
    )
    count, held, size = parts[0]
    printed = Table(
        "read", "times", "CPU ms", "p50 ms", "p99 ms", title=f"{held:,} samples in {count} parts, {size >> 20} MiB"
    )
    for name, took in shown.items():
        printed.add_row(name, str(requests), *(f"{ms:.1f}" for ms in took))
    Console().print(printed)
    await place.http.aclose()
    await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="kept, and used again")
    args = parser.parse_args()
    sys.stdout.write(table(run()) + "\n")
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(main(args.folder or Path(temporary), args.rows, args.requests))
