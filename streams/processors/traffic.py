"""Hits to traffic: how many page views a site has on each of its local days, as its stamps say."""

from typing import Any

from streams.contract import Message, Outputs
from streams.state import State
from tilde.domain.hits.traffic import PAGE_VIEW, Counts, counted
from tilde.domain.sites.clock import clock_of
from tilde.schemas.hit_rows import traffic_row
from tilde.schemas.topics import DEAD_LETTERS, HITS, TRAFFIC

Span = tuple[int, int, int]
"""The first second of a day, the first behind it, and which day it is."""
_NEVER: Span = (1, 0, 0)


class LocalDays:
    """Which local day an instant is of, by the clock that a hit is stamped with. Hits come nearly in order, so most
    are of the day that was asked for last.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[int, str], Span] = {}

    def day(self, offset_s: int, rule: str, at_ms: int) -> int:
        """In days since 1970-01-01."""
        at, clock = at_ms // 1000, (offset_s, rule)
        begins, ends, day = self._last.get(clock, _NEVER)
        if not begins <= at < ends:
            shown = clock_of(*clock)
            day = shown.day_at(at)
            self._last[clock] = (*shown.span(day, day), day)
        return day

    def forget(self) -> None:
        """All of it."""
        self._last.clear()


class TrafficProcessor:
    """Keeps the counts of a site's last days, and writes those of a day anew with each message that has hits of it."""

    name = "traffic"
    source = HITS
    outputs = (TRAFFIC, DEAD_LETTERS)
    remembers = True
    as_of = None

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

    def _counts(self, events: list[dict[str, Any]]) -> dict[tuple[int, int], Counts]:
        """Of a message, by site and day."""
        counts: dict[tuple[int, int], list[int]] = {}
        for event in events:
            day = self._days.day(event["clock_offset_s"], event["clock_rule"], event["received_at"])
            key = event["site"], day
            of_day = counts.get(key)
            if of_day is None:
                of_day = counts[key] = [0, 0, 0]
            if event["bot"] is not None:
                of_day[2] += 1
            else:
                of_day[1] += 1
                if event["type"] == PAGE_VIEW:
                    of_day[0] += 1
        return {key: Counts(*of_day) for key, of_day in counts.items()}
