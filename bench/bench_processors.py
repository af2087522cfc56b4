"""The processors without a log: decode, deduplicate, fan out, encode, position. CPU of one process, one thread."""

import statistics
import time

from bench.report import Row
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.sealed import sealed_stats
from tilde.domain.log.position import Position
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Record
from tilde.schemas import hot
from tilde.schemas.codec import decode

BATCHES = 200
EVENTS = 500
ROUNDS = 5
PLAIN = [f"page views {n}" for n in range(300)]
FANNED = [f"sent {n}~total,female,europe" for n in range(100)]


def records(names: list[str]) -> list[Record]:
    """Sealed batches of one edge."""
    received = hot.long(1_795_000_000_000)
    posted = [hot.posted_name(1, metric_id(1, "counter", name), "counter", name) for name in names]
    made = []
    for offset in range(BATCHES):
        events = [
            hot.stat_posted((5 << 40) + offset * EVENTS + n, posted[n % len(posted)], 1.0, None, received)
            for n in range(EVENTS)
        ]
        made.append(Record(offset, sealed_stats("0123456789abcdef", 1, offset + 1, offset or -1, 0, events)))
    return made


def fold_s(batches: list[Record]) -> float:
    """CPU seconds for all of them."""
    fold = PartitionFold(StatsProcessor(), 0, Position())
    began = time.process_time()
    for record in batches:
        fold.take(record)
        if fold.events >= EVENTS_PER_FLUSH_MAX:
            fold.drain()
    fold.drain()
    return time.process_time() - began


def decode_s(batches: list[Record]) -> float:
    """CPU seconds for decoding alone: the baseline."""
    began = time.process_time()
    for record in batches:
        decode(record.value, "sealed_stats")
    return time.process_time() - began


def run() -> list[Row]:
    """All rows of the processors."""
    rows = []
    for names, width, target in ((PLAIN, 1, "120,000 events"), (FANNED, 3, "150,000 points")):
        batches = records(names)
        fold = statistics.median(fold_s(batches) for _ in range(ROUNDS))
        base = statistics.median(decode_s(batches) for _ in range(ROUNDS))
        events = BATCHES * EVENTS / fold
        ratio = f"{fold / base:.2f} x decoding"
        rows.append(
            Row(f"processors, fan-out {width}", "events/CPU s", f"{events:,.0f}", ratio, target if width == 1 else "")
        )
        rows.append(
            Row(
                f"processors, fan-out {width}",
                "points/CPU s",
                f"{events * width:,.0f}",
                "",
                target if width > 1 else "",
            )
        )
    return rows
