"""Posts with a marker of their own, over HTTP, and what must come of each: the arithmetic of the kill loops.

    answered ok       -> counted exactly once
    no answer         -> counted at most once
    never sent        -> never counted

The marker is the number itself: every post counts a number of its own, to a stat with a `~` fan-out of two.
"""

import http.client
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from tests.faults.http_clients import PAUSE_AFTER_CUT_S, Client, HttpClients

PAUSE_S = 0.02  # so that the generator leaves the machine to those it tests
STATS = ("killed total", "killed again")


@dataclass
class Ledger:
    """What was sent, by what became of it."""

    acknowledged: set[int] = field(default_factory=set)
    unanswered: set[int] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    def verdict(self, counted: Iterable[int]) -> list[str]:
        """What is wrong with the numbers that one stat counted; nothing, if the promise was kept."""
        times = Counter(counted)
        wrong = [f"{marker} was acknowledged and is missing" for marker in self.acknowledged if not times[marker]]
        wrong += [f"{marker} was counted {n} times" for marker, n in times.items() if n > 1]
        known = self.acknowledged | self.unanswered
        wrong += [f"{marker} was counted and never sent" for marker in times if marker not in known]
        return wrong


class MarkedLoad:
    """Some clients, until `stop`, that give out markers together and keep one ledger."""

    def __init__(
        self,
        connect: Callable[[], tuple[str, int]],
        client: Callable[[random.Random, "itertools.count[int]", Ledger, threading.Lock], Client],
        clients: int,
        seed: int,
    ) -> None:
        """`client` makes one of the chance that it takes, the markers, the ledger, and the lock for that."""
        self.ledger = Ledger()
        markers, lock = itertools.count(1), threading.Lock()
        self._clients = HttpClients(
            connect, lambda _, chance: client(chance, markers, self.ledger, lock), clients, seed
        )

    def start(self) -> None:
        self._clients.start()

    def stop(self) -> Ledger:
        """Ends all clients; returns what became of what they sent."""
        self._clients.stop()
        return self.ledger


class Load(MarkedLoad):
    """Some clients, each at full speed until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], ezkey: str, clients: int, seed: int) -> None:
        super().__init__(connect, partial(_Poster, ezkey), clients, seed)


class _Poster:
    def __init__(
        self, ezkey: str, chance: random.Random, markers: "itertools.count[int]", ledger: Ledger, lock: threading.Lock
    ) -> None:
        self._ezkey = ezkey
        self._chance = chance
        self._markers = markers
        self._ledger = ledger
        self._lock = lock
        self._last: list[int] = []

    def ask(self, connection: http.client.HTTPConnection) -> float:
        self._last = list(itertools.islice(self._markers, self._chance.choice((1, 1, 1, 5))))
        body = self._post(connection, self._last)
        if b'"status":200' in body:
            self._note(self._ledger.acknowledged)
            return PAUSE_S
        with self._lock:
            self._ledger.refused[body.decode()] += 1
        return PAUSE_AFTER_CUT_S

    def cut_off(self) -> None:
        self._note(self._ledger.unanswered)

    def _post(self, connection: http.client.HTTPConnection, markers: list[int]) -> bytes:
        if len(markers) == 1:
            body = f"ezkey={self._ezkey}&stat=killed~total,again&count={markers[0]}"
            connection.request("POST", "/ez", body, {"Content-Type": "application/x-www-form-urlencoded"})
        else:
            items = ",".join(f'{{"stat":"killed~total,again","count":{marker}}}' for marker in markers)
            body = f'{{"ezkey":"{self._ezkey}","data":[{items}]}}'
            connection.request("POST", "/ez", body, {"Content-Type": "application/json"})
        return connection.getresponse().read()

    def _note(self, kept: set[int]) -> None:
        with self._lock:
            kept.update(self._last)
