"""Hits with a marker of their own, over HTTP, as a page's tracker sends them: the arithmetic is that of `load.py`. A hit of
one of many visitors, now and then a crawler's; each has a page of its own.
"""

import http.client
import itertools
import random
import threading
from collections.abc import Callable

from testkit.hits import recounted
from testkit.running import RunningTilde
from tests.faults.load import PAUSE_AFTER_CUT_S, TIMEOUT_S, Ledger

PAUSE_S = 0.02
BOT_EVERY = 10
VISITORS = 200
HITS_HASH = "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM hits"
TRAFFIC_HASH = "SELECT count() AS n, groupBitXor(cityHash64(*)) AS h FROM traffic"


class HitLoad:
    """Some clients in threads, each with a keep-alive connection, until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], sites: list[int], clients: int, seed: int) -> None:
        self._connect = connect
        self._sites = sites
        self._markers = itertools.count(1)
        self._stopping = threading.Event()
        self.ledger = Ledger()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed + n),), daemon=True) for n in range(clients)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Ledger:
        """Ends all clients; returns what became of their hits."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 5)
            assert not thread.is_alive(), "a client hangs: a request was never answered"
        return self.ledger

    def _run(self, chance: random.Random) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._stopping.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(*self._connect(), timeout=TIMEOUT_S)
            marker = next(self._markers)
            try:
                status, body = self._hit(connection, marker, chance)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
                with self._lock:
                    self.ledger.unanswered.add(marker)
                self._stopping.wait(PAUSE_AFTER_CUT_S)
                continue
            with self._lock:
                if (status, body) == (200, b"ok\n"):
                    self.ledger.acknowledged.add(marker)
                else:
                    self.ledger.refused[body.decode()] += 1
            self._stopping.wait(PAUSE_S)
        if connection is not None:
            connection.close()

    def _hit(self, connection: http.client.HTTPConnection, marker: int, chance: random.Random) -> tuple[int, bytes]:
        agent = "Googlebot/2.1" if marker % BOT_EVERY == 0 else "Firefox/128.0"
        type_ = chance.choice(["pageview", "pageview", "click", "ping"])
        query = f"site_id={chance.choice(self._sites)}&type={type_}&href=/{marker}&jsuid={chance.randrange(VISITORS)}"
        connection.request("GET", f"/in.php?{query}", headers={"user-agent": agent})
        answer = connection.getresponse()
        return answer.status, answer.read()


def require_hits(tilde: RunningTilde, ledger: Ledger, events: list[dict[str, object]]) -> None:
    """Every acknowledged hit is a row, once, and the traffic is a recount of the log."""
    markers = [int(row["href"].removeprefix("/")) for row in tilde.sql("SELECT href FROM hits")]
    assert ledger.verdict(markers) == []
    assert len(markers) == len({event["event"] for event in events})
    rows = tilde.sql("SELECT site, toInt32(day) AS n, page_views, hits, bots FROM traffic")
    seen = {(int(r["site"]), int(r["n"])): tuple(int(r[name]) for name in ("page_views", "hits", "bots")) for r in rows}
    assert seen == {key: tuple(counts) for key, counts in recounted(events).items()}
