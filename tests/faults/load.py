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

TIMEOUT_S = 30
PAUSE_AFTER_CUT_S = 0.02
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


class Load:
    """Some clients in threads, each with a keep-alive connection, each at full speed until `stop`."""

    def __init__(self, connect: Callable[[], tuple[str, int]], ezkey: str, clients: int, seed: int) -> None:
        self._connect = connect
        self._ezkey = ezkey
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
        """Ends all clients; returns what became of their posts."""
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
            markers = list(itertools.islice(self._markers, chance.choice((1, 1, 1, 5))))
            try:
                body = self._post(connection, markers)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
                self._note(self.ledger.unanswered, markers)
                self._stopping.wait(PAUSE_AFTER_CUT_S)
                continue
            if b'"status":200' in body:
                self._note(self.ledger.acknowledged, markers)
                self._stopping.wait(PAUSE_S)
            else:
                self.ledger.refused[body.decode()] += 1
                self._stopping.wait(PAUSE_AFTER_CUT_S)
        if connection is not None:
            connection.close()

    def _post(self, connection: http.client.HTTPConnection, markers: list[int]) -> bytes:
        if len(markers) == 1:
            body = f"ezkey={self._ezkey}&stat=killed~total,again&count={markers[0]}"
            connection.request("POST", "/ez", body, {"Content-Type": "application/x-www-form-urlencoded"})
        else:
            items = ",".join(f'{{"stat":"killed~total,again","count":{marker}}}' for marker in markers)
            body = f'{{"ezkey":"{self._ezkey}","data":[{items}]}}'
            connection.request("POST", "/ez", body, {"Content-Type": "application/json"})
        return connection.getresponse().read()

    def _note(self, kept: set[int], markers: list[int]) -> None:
        with self._lock:
            kept.update(markers)
