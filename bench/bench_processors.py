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
from tilde.domain.hits.hit import HitType, KnownBy, Page, Parameter, Protected, Sender, Transport
from tilde.domain.log.position import Position
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Record
from tilde.schemas import hot
from tilde.schemas.hits import hit_received, of_visitor, page_of, parameter_of, site_stamp
from tilde.schemas.topics import HITS, STATS, Topic

BATCHES = 200
EVENTS = 500
ROUNDS = 5
PLAIN = [f"page views {n}" for n in range(300)]
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36"
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
    """Sealed batches of one of the partitions that so many sites are in: page views with all that the tracker says of
    one, two hits a millisecond, a tenth of them crawlers', and a tenth with the revenue of a goal.
    """
    in_one = sites // HITS.partitions
    stamps = [site_stamp(site, -28_800, "usa") for site in range(1, in_one + 1)]
    pages = list(map(page_of, map(_page, range(100))))
    senders = [Sender(AGENT, "Googlebot" if n % 10 == 0 else None, "203.0.113.0") for n in range(100)]
    visitors = [of_visitor(one, Protected(n << 50, KnownBy.ID, n, b"s" * 200)) for n, one in enumerate(senders)]
    usual = [parameter_of(Parameter("tc", "0")), parameter_of(Parameter("ck", "1"))]
    made = []
    for offset in range(BATCHES):
        events = [
            hit_received(
                (5 << 40) + n,
                stamps[n * 7919 % in_one],
                hot.long(1_795_000_000_000 + n // 2),
                pages[n % 100],
                visitors[n % 97],
                parameters=[*usual, parameter_of(Parameter("goal[revenue]", f"{n}.95"))] if n % 10 == 1 else usual,
            )
            for n in range(offset * EVENTS, (offset + 1) * EVENTS)
        ]
        made.append(Record(offset, sealed_hits("0123456789abcdef", 1, offset + 1, offset or -1, 0, events)))
    return made


def _page(n: int) -> Page:
    ref = f"https://www.search.example/results?q=shoes+{n}&from=awesome.com&campaign=summer" if n % 5 == 0 else None
    said = (f"/page/{n}", "www.awesome.com", f"The page {n} of us", ref, "en-US", "1920x1080", "Europe/Vienna")
    return Page(HitType.PAGEVIEW, Transport.SCRIPT, *said)


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


def decode_s(batches: list[Record], topic: Topic = STATS) -> float:
    """CPU seconds for reading them alone: the baseline."""
    began = time.process_time()
    for record in batches:
        SharedRecord(record, topic.subject).content()
    return time.process_time() - began


def run() -> list[Row]:
    """All rows of the processors."""
    rows = []
    for names, width, target in ((PLAIN, 1, "120,000 events"), (FANNED, 3, "150,000 points")):
        batches = records(names)
        fold = statistics.median(fold_s(batches) for _ in range(ROUNDS))
        base = statistics.median(decode_s(batches) for _ in range(ROUNDS))
        events = BATCHES * EVENTS / fold
        ratio = f"{fold / base:.2f} x reading"
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
        base = statistics.median(decode_s(batches, HITS) for _ in range(ROUNDS))
        for processor, wanted in ((TrafficProcessor, target), (HitsProcessor, "")):
            fold = statistics.median(shared_fold_s(batches, processor()) for _ in range(ROUNDS))
            name = f"{processor.name}, {sites:,} sites"
            with_decoding = f"{events / (fold + base):,.0f} with reading"
            rows.append(Row(name, "hits/CPU s", f"{events / fold:,.0f}", with_decoding, wanted))
    return rows
