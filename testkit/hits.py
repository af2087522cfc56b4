"""Hits for tests and benchmarks: what a tracker sends, and what the log then has."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from testkit.raw_events import events_in
from testkit.samples import standing
from testkit.sealed import NOON_MS
from tilde.domain.hits.traffic import Counts, of_hit
from tilde.domain.sites.clock import clock_of
from tilde.schemas.topics import HITS


def hits_in(folder: Path) -> list[dict[str, Any]]:
    """The durable events of topic `hits` in the folder of an edge, as others read them, in the order of their ids."""
    return events_in(folder, HITS)


def every_byte(folder: Path) -> bytes:
    """Of all files in a folder and below it."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def an_event(event_id: int, site: int = 32, received_at: int = NOON_MS, **changes: Any) -> dict[str, Any]:
    """One event of topic `hits`: a page view of somebody, eight hours behind UTC."""
    event: dict[str, Any] = {
        "event": event_id,
        "site": site,
        "clock_offset_s": -28_800,
        "clock_rule": "usa",
        "received_at": received_at,
        "type": "pageview",
        "transport": "script",
        "href": "/",
        **dict.fromkeys(("host", "title", "ref", "lang", "res", "tz", "agent", "bot", "network")),
        "visitor": 1,
        "known_by": "id",
        "key": 2,
        "who": b"sealed",
        "said": None,
        "parameters": [],
    }
    return event | changes


def recounted(events: Iterable[Mapping[str, Any]]) -> dict[tuple[int, int], Counts]:
    """What the traffic of some events is, by site and local day: the oracle, which knows no parts and no state."""
    counts: dict[tuple[int, int], Counts] = {}
    for event in {event["event"]: event for event in events}.values():
        day = clock_of(event["clock_offset_s"], event["clock_rule"]).day_at(event["received_at"] // 1000)
        key = event["site"], day
        counts[key] = counts.get(key, Counts()).plus(of_hit(event["type"], event["bot"]))
    return counts


def traffic_of(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[int, int], Counts]:
    """The traffic that rows of topic `traffic` stand for."""
    counts: dict[tuple[int, int], Counts] = {}
    for row in standing(rows, "site", "day", "part"):
        key = row["site"], days_of(row["day"])
        counts[key] = counts.get(key, Counts()).plus(Counts(row["page_views"], row["hits"], row["bots"]))
    return counts


def days_of(day: Any) -> int:
    """A date as it is decoded, in days since 1970-01-01."""
    return int((day - date(1970, 1, 1)).days)
