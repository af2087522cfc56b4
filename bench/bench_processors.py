"""The processors without a log: decode, deduplicate, fan out, encode, position. CPU of one process, one thread."""

import statistics
import time

from bench.report import Row
from streams.contract import Processor
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, PartitionFold, SharedRecord
from streams.processors.hits import HitsProcessor
from streams.processors.stats import StatsProcessor
from streams.processors.traffic import TrafficProcessor
from testkit.sealed import sealed_hits, sealed_stats
from tilde.domain.hits.hit import HitType, KnownBy, Page, Protected, Sender, Transport
from tilde.domain.log.position import Position
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Record
from tilde.schemas import hot
from tilde.schemas.codec import decode
from tilde.schemas.hits import hit_received, of_visitor, page_of, site_stamp
from tilde.schemas.topics import HITS

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


def hits(sites: int) -> list[Record]:
    """Sealed batches of one of the partitions that so many sites are in: page views, a tenth of them crawlers'."""
    received = hot.long(1_795_000_000_000)
    in_one = sites // HITS.partitions
    stamps = [site_stamp(site, -28_800, "usa") for site in range(1, in_one + 1)]
    pages = [page_of(Page(HitType.PAGEVIEW, Transport.SCRIPT, f"/page/{n}", "www.awesome.com")) for n in range(100)]
    senders = [Sender("Firefox/128.0", "Googlebot" if n % 10 == 0 else None, "203.0.113.0") for n in range(100)]
    visitors = [of_visitor(one, Protected(n, KnownBy.ID, n, b"s" * 150)) for n, one in enumerate(senders)]
    made = []
    for offset in range(BATCHES):
        numbers = range(offset * EVENTS, (offset + 1) * EVENTS)
        events = [
            hit_received((5 << 40) + n, stamps[n * 7919 % in_one], received, pages[n % 100], visitors[n % 97])
            for n in numbers
        ]
        made.append(Record(offset, sealed_hits("0123456789abcdef", 1, offset + 1, offset or -1, 0, events)))
    return made


def shared_fold_s(batches: list[Record], processor: Processor) -> float:
    """CPU seconds for all of them where another processor of the topic has had them decoded."""
    fold, began = PartitionFold(processor, 0, Position()), 0.0
    shared = [SharedRecord(record, processor.source.subject) for record in batches]
    for record in shared:
        record.content()
    began = time.process_time()
    for record in shared:
        fold.take_shared(record)
        if fold.events >= EVENTS_PER_FLUSH_MAX:
            fold.state.drain()
            fold.drain()
    fold.drain()
    return time.process_time() - began


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


def decode_s(batches: list[Record], subject: str = "sealed_stats") -> float:
    """CPU seconds for decoding alone: the baseline."""
    began = time.process_time()
    for record in batches:
        decode(record.value, subject)
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
    return rows + _of_hits()


def _of_hits() -> list[Row]:
    rows = []
    for sites, target in ((1_000, "100,000"), (100_000, "60,000")):
        batches = hits(sites)
        events = BATCHES * EVENTS
        base = statistics.median(decode_s(batches, HITS.subject) for _ in range(ROUNDS))
        for processor, wanted in ((TrafficProcessor, target), (HitsProcessor, "")):
            fold = statistics.median(shared_fold_s(batches, processor()) for _ in range(ROUNDS))
            name = f"{processor.name}, {sites:,} sites"
            with_decoding = f"{events / (fold + base):,.0f} with decoding"
            rows.append(Row(name, "hits/CPU s", f"{events / fold:,.0f}", with_decoding, wanted))
    return rows
