"""Hits with a marker of their own, over HTTP, as a page's tracker sends them: the arithmetic is that of `load.py`. A hit of
one of many visitors, now and then a crawler's; each has a page of its own.
"""

import http.client
import itertools
import random
import threading
from collections.abc import Callable
from functools import partial

from testkit.hits import recounted
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde
from tests.faults.load import Ledger, MarkedLoad

PAUSE_S = 0.02
BOT_EVERY = 10
VISITORS = 200
HITS_HASH = "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM hits"
TRAFFIC_HASH = "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM traffic"


class HitLoad(MarkedLoad):
    """Some clients, until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], sites: list[int], clients: int, seed: int) -> None:
        super().__init__(connect, partial(_Page, sites), clients, seed)


class _Page:
    def __init__(
        self,
        sites: list[int],
        chance: random.Random,
        markers: "itertools.count[int]",
        ledger: Ledger,
        lock: threading.Lock,
    ) -> None:
        self._sites = sites
        self._chance = chance
        self._markers = markers
        self._ledger = ledger
        self._lock = lock
        self._last = 0

    def ask(self, connection: http.client.HTTPConnection) -> float:
        self._last = next(self._markers)
        status, body = self._hit(connection, self._last)
        with self._lock:
            if (status, body) == (200, b"ok\n"):
                self._ledger.acknowledged.add(self._last)
            else:
                self._ledger.refused[body.decode()] += 1
        return PAUSE_S

    def cut_off(self) -> None:
        with self._lock:
            self._ledger.unanswered.add(self._last)

    def _hit(self, connection: http.client.HTTPConnection, marker: int) -> tuple[int, bytes]:
        chance, agent = self._chance, "Googlebot/2.1" if marker % BOT_EVERY == 0 else "Firefox/128.0"
        type_ = chance.choice(["pageview", "pageview", "click", "ping"])
        query = f"site_id={chance.choice(self._sites)}&type={type_}&href=/{marker}&jsuid={chance.randrange(VISITORS)}"
        connection.request("GET", f"/in.php?{query}", headers={"user-agent": agent})
        answer = connection.getresponse()
        return answer.status, answer.read()


def require_hits(tilde: RunningTilde | TildeOnKafka, ledger: Ledger, events: list[dict[str, object]]) -> None:
    """Every acknowledged hit is a row, once, and the traffic is a recount of the log."""
    markers = [int(row["href"].removeprefix("/")) for row in tilde.sql("SELECT href FROM hits")]
    assert ledger.verdict(markers) == []
    assert len(markers) == len({event["event"] for event in events})
    rows = tilde.sql("SELECT site, toInt32(day) AS n, page_views, hits, bots FROM traffic")
    seen = {(int(r["site"]), int(r["n"])): tuple(int(r[name]) for name in ("page_views", "hits", "bots")) for r in rows}
    assert seen == {key: tuple(counts) for key, counts in recounted(events).items()}
