"""Hits with a marker of their own, over HTTP, as a page's tracker sends them: the arithmetic is that of `load.py`. A hit of
one of many visitors, now and then a crawler's; each has a page of its own.
"""

import http.client
import random
from collections.abc import Callable

from testkit.hits import recounted
from testkit.roles import TildeOnKafka
from testkit.running import RunningTilde
from tests.faults.load import Ledger, MarkedLoad

BOT_EVERY = 10
VISITORS = 200
HITS_HASH = "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM hits"
TRAFFIC_HASH = "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM traffic"


class HitLoad(MarkedLoad):
    """Some clients, until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], sites: list[int], clients: int, seed: int) -> None:
        super().__init__(connect, _Hits(sites), clients, seed)


class _Hits:
    def __init__(self, sites: list[int]) -> None:
        self._sites = sites

    def many(self, chance: random.Random) -> int:
        return 1

    def send(self, connection: http.client.HTTPConnection, chance: random.Random, markers: list[int]) -> None:
        (marker,) = markers
        agent = "Googlebot/2.1" if marker % BOT_EVERY == 0 else "Firefox/128.0"
        type_ = chance.choice(["pageview", "pageview", "click", "ping"])
        query = f"site_id={chance.choice(self._sites)}&type={type_}&href=/{marker}&jsuid={chance.randrange(VISITORS)}"
        connection.request("GET", f"/in.php?{query}", headers={"user-agent": agent})

    def is_taken(self, status: int, body: bytes) -> bool:
        return (status, body) == (http.HTTPStatus.OK, b"ok\n")


def require_hits(tilde: RunningTilde | TildeOnKafka, ledger: Ledger, events: list[dict[str, object]]) -> None:
    """Every acknowledged hit is a row, once, and the traffic is a recount of the log."""
    markers = [int(row["href"].removeprefix("/")) for row in tilde.sql("SELECT href FROM hits")]
    assert ledger.verdict(markers) == []
    assert len(markers) == len({event["event"] for event in events})
    rows = tilde.sql("SELECT site, toInt32(day) AS n, page_views, hits, bots FROM traffic")
    seen = {(int(r["site"]), int(r["n"])): tuple(int(r[name]) for name in ("page_views", "hits", "bots")) for r in rows}
    assert seen == {key: tuple(counts) for key, counts in recounted(events).items()}
