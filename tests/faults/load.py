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
from typing import Protocol

from tests.faults.http_clients import PAUSE_AFTER_CUT_S, HttpClients

PAUSE_S = 0.04  # so that the generator leaves the machine to those it tests
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


class Requests(Protocol):
    """What the clients of such a load send. An object serves all of them."""

    def many(self, chance: random.Random) -> int:
        """How many markers the next request has."""
        ...

    def send(self, connection: http.client.HTTPConnection, chance: random.Random, markers: list[int]) -> None:
        """Sends one with these."""
        ...

    def is_taken(self, status: int, body: bytes) -> bool:
        """Whether an answer says that all of it is counted."""
        ...


class MarkedLoad:
    """Some clients, until `stop`, that give out markers together and keep one ledger."""

    def __init__(self, connect: Callable[[], tuple[str, int]], requests: Requests, clients: int, seed: int) -> None:
        self.ledger = Ledger()
        markers, lock = itertools.count(1), threading.Lock()
        self._clients = HttpClients(
            connect, lambda _, chance: _Client(requests, chance, markers, self.ledger, lock), clients, seed
        )

    def start(self) -> None:
        self._clients.start()

    def stop(self) -> Ledger:
        """Ends all clients; returns what became of what they sent."""
        self._clients.stop()
        return self.ledger


class _Client:
    def __init__(
        self,
        requests: Requests,
        chance: random.Random,
        markers: "itertools.count[int]",
        ledger: Ledger,
        lock: threading.Lock,
    ) -> None:
        self._requests = requests
        self._chance = chance
        self._markers = markers
        self._ledger = ledger
        self._lock = lock
        self._last: list[int] = []

    def ask(self, connection: http.client.HTTPConnection) -> float:
        self._last = list(itertools.islice(self._markers, self._requests.many(self._chance)))
        self._requests.send(connection, self._chance, self._last)
        answer = connection.getresponse()
        body = answer.read()
        if self._requests.is_taken(answer.status, body):
            self._note(self._ledger.acknowledged)
            return PAUSE_S
        with self._lock:
            self._ledger.refused[f"{answer.status} {body!r}"] += 1
        return PAUSE_AFTER_CUT_S

    def cut_off(self) -> None:
        self._note(self._ledger.unanswered)

    def _note(self, kept: set[int]) -> None:
        with self._lock:
            kept.update(self._last)


class Load(MarkedLoad):
    """Some clients, each at full speed until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], ezkey: str, clients: int, seed: int) -> None:
        super().__init__(connect, _Posts(ezkey), clients, seed)


class _Posts:
    """One number, or five at a time."""

    def __init__(self, ezkey: str) -> None:
        self._ezkey = ezkey

    def many(self, chance: random.Random) -> int:
        return chance.choice((1, 1, 1, 5))

    def send(self, connection: http.client.HTTPConnection, chance: random.Random, markers: list[int]) -> None:
        if len(markers) == 1:
            body = f"ezkey={self._ezkey}&stat=killed~total,again&count={markers[0]}"
            connection.request("POST", "/ez", body, {"Content-Type": "application/x-www-form-urlencoded"})
        else:
            items = ",".join(f'{{"stat":"killed~total,again","count":{marker}}}' for marker in markers)
            body = f'{{"ezkey":"{self._ezkey}","data":[{items}]}}'
            connection.request("POST", "/ez", body, {"Content-Type": "application/json"})

    def is_taken(self, status: int, body: bytes) -> bool:
        return b'"status":200' in body
