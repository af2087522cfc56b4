"""Hits to traffic: how many page views a site has on each of its local days, as its stamps say."""

from streams.contract import Message, Outputs, PlainProcessor
from streams.state import State
from tilde.domain.hits.hit import HitType
from tilde.domain.hits.traffic import PAGE_VIEW, Counts, counted
from tilde.domain.sites.clock import clock_of
from tilde.schemas.cut_hits import CutHit, clock_in
from tilde.schemas.hit_rows import traffic_row
from tilde.schemas.hits import TYPES
from tilde.schemas.hot import long_of
from tilde.schemas.topics import DEAD_LETTERS, HITS, TRAFFIC

_Day = tuple[int, int, int]
"""The first second of a day, the first behind it, and which day it is."""
_NEVER: _Day = (1, 0, 0)
_PAGE_VIEW = TYPES[HitType(PAGE_VIEW)]


class LocalDays:
    """Which local day an instant is of, by the clock that a hit is stamped with. Hits come nearly in order, so most
    are of the day that was asked for last.
    """

    def __init__(self) -> None:
        self._last: dict[bytes, _Day] = {}

    def day(self, clock: bytes, at_ms: bytes) -> int:
        """In days since 1970-01-01. Both are pieces of a hit, `clock` and `received_at`."""
        at = long_of(at_ms) // 1000
        begins, ends, day = self._last.get(clock, _NEVER)
        if not begins <= at < ends:
            shown = clock_of(*clock_in(clock))
            day = shown.day_at(at)
            self._last[clock] = (*shown.span(day, day), day)
        return day

    def forget(self) -> None:
        """Forgets which days were asked for last."""
        self._last.clear()


class TrafficProcessor(PlainProcessor):
    """Keeps the counts of a site's last days, and writes those of a day anew with each message that has hits of it."""

    name = "traffic"
    source = HITS
    outputs = (TRAFFIC, DEAD_LETTERS)
    remembers = True

    def __init__(self) -> None:
        self._days = LocalDays()

    def forget(self) -> None:
        self._days.forget()

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        rows = outputs[TRAFFIC.name]
        for (site, day), counts in self._counts(message.content["events"]).items():
            key = str(site)
            after, changed = counted(state.get(key), day, message.offset, counts)
            if state.put(key, message.offset, after):
                rows.append(traffic_row(site, changed, message.version(0)))

    def _counts(self, hits: list[CutHit]) -> dict[tuple[int, int], Counts]:
        """Of a message, by site and day: the rule `of_hit`, of pieces as they are encoded."""
        counts: dict[tuple[bytes, int], list[int]] = {}
        for hit in hits:
            key = hit.site, self._days.day(hit.clock, hit.received_at)
            of_day = counts.get(key)
            if of_day is None:
                of_day = counts[key] = [0, 0, 0]
            if hit.is_bot:
                of_day[2] += 1
            else:
                of_day[1] += 1
                if hit.type == _PAGE_VIEW:
                    of_day[0] += 1
        return {(long_of(site), day): Counts(*of_day) for (site, day), of_day in counts.items()}
