"""Clients over HTTP that go on until they are stopped, whatever is killed: the threads and connections of every load."""

import http.client
import random
import threading
from collections.abc import Callable
from typing import Protocol

TIMEOUT_S = 30
PAUSE_AFTER_CUT_S = 0.02


class Client(Protocol):
    """One, which sends one request after the other."""

    def ask(self, connection: http.client.HTTPConnection) -> float:
        """Sends a request, and notes what it was answered; returns how long to pause behind it, in seconds."""
        ...

    def cut_off(self) -> None:
        """Notes that the last request got no answer."""
        ...


class HttpClients:
    """Some of them in threads, each with a keep-alive connection, until `stop`."""

    def __init__(
        self,
        connect: Callable[[], tuple[str, int]],
        client: Callable[[int, random.Random], Client],
        clients: int,
        seed: int,
    ) -> None:
        """`connect` says where to, each time; `client` makes one by its number and the chance that it takes."""
        self._connect = connect
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(client(n, random.Random(seed + n)),), daemon=True)
            for n in range(clients)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 5)
            assert not thread.is_alive(), "a client hangs: a request was never answered"

    def _run(self, client: Client) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._stopping.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(*self._connect(), timeout=TIMEOUT_S)
            try:
                pause_s = client.ask(connection)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
                client.cut_off()
                pause_s = PAUSE_AFTER_CUT_S
            self._stopping.wait(pause_s)
        if connection is not None:
            connection.close()
