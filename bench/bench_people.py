"""People: what a partition costs that a million of them are in, and what they take in memory. CPU of one process, one
thread, without a log; decoding is told beside. The process looks for garbage as a worker does.
"""

import gc
import resource
import statistics
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.report import Row, table
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, PartitionFold, SharedRecord
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from testkit.sealed import sealed_activity
from tilde.domain.log.position import Position
from tilde.domain.people.activity import Act, Property, SealedIdentity
from tilde.eventlog import Record
from tilde.runtime.garbage import collect_rarely
from tilde.schemas import hot
from tilde.schemas.activity import act_of, activity_received, person_of, property_of
from tilde.schemas.topics import ACTIVITY

PEOPLE = 1_000_000
EVENTS_EACH = 10
EVENTS = 500  # a batch
MEASURED = 100  # batches, a round
ROUNDS = 5
_BEGAN_S = 1_790_000_000
_WHO = b"s" * 52  # an e-mail address, sealed


def person(number: int) -> SealedIdentity:
    """Keyed hashes are all over 63 bits."""
    return SealedIdentity(number * 0x5851F42D4C957F2D % (1 << 63), number * 0x2545F4914F6CDD1D % (1 << 62), _WHO)


def batches(events: int, begins: int = 0, aliases: int = 0) -> Iterator[Record]:
    """So many events, each of somebody else than the one before, with a property that is a number and one that is a
    text. Where `aliases` says so, one of so many is an alias of a person and of an identity that is new.
    """
    product, acts = hot.long(1), [act_of(Act.EVENT, f"event {n}") for n in range(30)]
    said = [property_of(Property("amount", 9.5, None)), property_of(Property("plan", None, 1 << 60))]
    for offset in range(begins // EVENTS, (begins + events) // EVENTS):
        made = []
        for n in range(offset * EVENTS, (offset + 1) * EVENTS):
            number, received = n * 7_919 % PEOPLE, hot.long((_BEGAN_S + n // 100) * 1000)
            if aliases and n % aliases == 0:
                of = person_of(person(number)), person_of(person(PEOPLE + n))
                made.append(activity_received(n, product, received, _BEGAN_S + n // 100, act_of(Act.ALIAS), *of))
            else:
                what = acts[n % 30], person_of(person(number)), None, said, b"s" * 60
                made.append(activity_received(n, product, received, _BEGAN_S + n // 100, *what))
        yield Record(offset, sealed_activity("0123456789abcdef", 1, offset + 1, offset - 1 if offset else -1, 0, made))


def take(fold: PartitionFold, records: Iterable[Record]) -> tuple[float, float]:
    """CPU seconds for all of them, and for decoding alone."""
    folding = decoding = 0.0
    for record in records:
        shared = SharedRecord(record, ACTIVITY.subject)
        began = time.process_time()
        shared.content()
        decoded = time.process_time()
        fold.take_shared(shared)
        if fold.events >= EVENTS_PER_FLUSH_MAX or fold.has_much_state:
            fold.state.drain()
            fold.drain()
        folding += time.process_time() - decoded
        decoding += decoded - began
    return folding, decoding


def _memory() -> int:
    """What this process holds."""
    gc.collect()
    resident = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(resident) * resource.getpagesize()


def run() -> list[Row]:
    """All rows."""
    people, before = PartitionFold(PeopleProcessor(), 0, Position()), _memory()
    take(people, batches(PEOPLE * EVENTS_EACH))
    each = f"{(_memory() - before) / PEOPLE:,.0f}"
    return [
        Row(f"people, {PEOPLE:,} of {EVENTS_EACH} events", "bytes each", each, "in the worker", ""),
        _measured(f"people, {PEOPLE:,}", people, target="60,000"),
        _measured("people, every tenth an alias", people, aliases=10),
        _measured("activity", PartitionFold(ActivityProcessor(), 0, Position())),
    ]


def _measured(name: str, fold: PartitionFold, aliases: int = 0, target: str = "") -> Row:
    seconds = []
    for _ in range(ROUNDS):
        begins = fold.position.next_offset * EVENTS
        seconds.append(take(fold, list(batches(MEASURED * EVENTS, begins, aliases))))
    folding, whole = statistics.median(one for one, _ in seconds), statistics.median(map(sum, seconds))
    events = MEASURED * EVENTS
    return Row(name, "events/CPU s", f"{events / folding:,.0f}", f"{events / whole:,.0f} with decoding", target)


if __name__ == "__main__":
    collect_rarely()
    print(table(run()), flush=True)
