"""What `tilde doctor` says of people: counts again, from the log, how many people did each event in how many seconds.

Aliases make a total smaller, and all else makes it larger. So while more comes in a total in the tables is right where
it is no less than a recount of what was done up to where the tables were before they were asked, by people as the log
has them joined at its end; and no more than one of all that was done, by people as they were joined up to there.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from run.cli.operators import Operator
from run.cli.raw_events import raw_events
from run.cli.tailing import open_log
from tilde.domain.people.activity import fault_of
from tilde.eventlog import LogReader
from tilde.own_paths import PROGRESS, SQL
from tilde.schemas.activity import other_of
from tilde.schemas.topics import ACTIVITY
from tilde.settings import Settings

EventTotals = dict[tuple[int, str], int]
"""By product and name of the event."""
PutAside = tuple[int, int, int]
"""Partition, offset, and the place in the batch."""
_EVENTS = "SELECT product, event, total FROM events"
_PUT_ASIDE = (
    "SELECT source_partition, source_offset, event_index FROM dead_letters"
    " WHERE source_topic = 'activity' AND processor = 'people'"
)


class PeopleVerdict(NamedTuple):
    """So many `events` of products were compared; `wrong` has a line for each that differs from the log. `waiting`
    acts of people are not in the tables yet.
    """

    events: int
    waiting: int
    wrong: list[str]


def check_people(settings: Settings, operator: Operator) -> PeopleVerdict:
    """Compares the total of every event. Raises TildeError, LogError."""
    before: list[int] = operator.call("GET", PROGRESS)["passed"][ACTIVITY.name]
    there = {(int(row["product"]), str(row["event"])): int(row["total"]) for row in _rows(operator, _EVENTS)}
    aside = {
        (int(row["source_partition"]), int(row["source_offset"]), int(row["event_index"]))
        for row in _rows(operator, _PUT_ASIDE)
    }
    least, most, waiting = asyncio.run(_recounted(settings, before, aside))
    return PeopleVerdict(len(there), waiting, differences(there, least, most))


def _rows(operator: Operator, query: str) -> Iterable[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = operator.call("POST", SQL, {"query": query, "format": "json"})
    return rows


def differences(there: EventTotals, least: EventTotals, most: EventTotals) -> list[str]:
    """A line for each total that the log does not bear out."""
    wrong = []
    for product, event in sorted(there.keys() | least.keys()):
        key = product, event
        seen, low, high = (totals.get(key, 0) for totals in (there, least, most))
        if not low <= seen <= high:
            wrong.append(f"product {product}, event {event!r}: the tables have {seen}, the log {low} to {high}")
    return wrong


Done = dict[tuple[int, str], set[int]]
"""By product and name of an event who did it when, an identity and a second in one number: so a recount takes some 80
bytes of memory for each, of one partition at a time.
"""
_AT_BITS = 32


def _nothing_done() -> Done:
    return defaultdict(set)


@dataclass
class Share:
    """Some of what people did. `unsure` are events that a processor put aside: some of what they say may have been
    counted all the same. `aliases` are sure, since none is counted of an event that was put aside.
    """

    sure: Done = field(default_factory=_nothing_done)
    unsure: Done = field(default_factory=_nothing_done)
    aliases: list[tuple[int, int, int]] = field(default_factory=list)

    def take(self, event: Mapping[str, Any], *, is_aside: bool) -> None:
        """Counts one more."""
        other = other_of(event)
        if fault_of(event, other) is not None:
            return
        product, identity, name = event["product"], event["identity"], event["name"]
        if name is not None:
            done = self.unsure if is_aside else self.sure
            done[product, name].add(identity << _AT_BITS | event["at"])
        if other is not None and not is_aside:
            self.aliases.append((product, identity, other["identity"]))


@dataclass
class Recount:
    """What the log says of one partition, in two shares: `before` the place where the tables were when they were asked,
    and `after` it.
    """

    before: Share = field(default_factory=Share)
    after: Share = field(default_factory=Share)

    def totals(self) -> tuple[EventTotals, EventTotals]:
        """The least and the most that the tables may say."""
        joined, apart = _people([*self.before.aliases, *self.after.aliases]), _people(self.before.aliases)
        everything = [self.before.sure, self.before.unsure, self.after.sure, self.after.unsure]
        return _totals([self.before.sure], joined), _totals(everything, apart)


def _totals(done: Sequence[Done], people: Mapping[tuple[int, int], int]) -> EventTotals:
    totals = EventTotals()
    for product, event in {key for some in done for key in some}:
        counted = set()
        for each in chain.from_iterable(some.get((product, event), ()) for some in done):
            identity = each >> _AT_BITS
            counted.add(each + (people.get((product, identity), identity) - identity << _AT_BITS))
        totals[product, event] = len(counted)
    return totals


def _people(aliases: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    """By product and identity the smallest of those that aliases join it with."""
    sets: dict[tuple[int, int], set[int]] = {}
    for product, one, other in aliases:
        first, second = (sets.setdefault((product, each), {each}) for each in (one, other))
        if first is not second:
            large, small = (first, second) if len(first) >= len(second) else (second, first)
            large |= small
            sets |= {(product, each): large for each in small}
    numbers = {id(some): min(some) for some in sets.values()}
    return {key: numbers[id(some)] for key, some in sets.items()}


async def _recounted(
    settings: Settings, before: list[int], aside: Collection[PutAside]
) -> tuple[EventTotals, EventTotals, int]:
    least, most, waiting = EventTotals(), EventTotals(), 0
    async with open_log(settings) as log:
        for partition in range(ACTIVITY.partitions):
            recount, later = await _recount(log, partition, before[partition], aside)
            low, high = recount.totals()
            least |= low
            most |= high
            waiting += later
    return least, most, waiting


async def _recount(log: LogReader, partition: int, before: int, aside: Collection[PutAside]) -> tuple[Recount, int]:
    recount, waiting = Recount(), 0
    async for offset, nth, event in raw_events(log, ACTIVITY, partition):
        share = recount.before if offset < before else recount.after
        share.take(event, is_aside=(partition, offset, nth) in aside)
        waiting += offset >= before
    return recount, waiting
