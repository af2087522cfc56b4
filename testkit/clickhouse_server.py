"""A test-only ClickHouse: chDB behind its HTTP protocol, in a process of its own, with faults on demand.

It shows what clickhouse-connect does with a server: DDL, parameters, settings, sessions, Native reads and
inserts, raw formats, compression, error codes. It hides what chDB has not: the queue of asynchronous inserts,
errors in the middle of an answer (an answer is complete before its first byte leaves), users, TLS, temporary
tables, external data, `INSERT ... SELECT ... FROM input(...)`, replication. So what passes here is not yet
"tested against a ClickHouse server".
"""

import json
import random
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Self

from testkit.clickhouse_http import HOST
from testkit.waiting import PATIENCE_S


class ClickHouseServer:
    """A server process on a folder, for `with`; it dies with the test process, however that ends.

    `kill()` then `restart()` is a crash: same folder, same port. The faults ordered and the inserts
    counted are forgotten with the process.
    """

    host = HOST

    def __init__(self, path: Path, port: int | None = None) -> None:
        self.path = path
        self.port = port or _free_port()
        self.url = f"http://{self.host}:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when it answers /ping; raises RuntimeError when it ends before that, or after a minute."""
        assert self._process is None, "it runs already"
        module = [sys.executable, "-m", "testkit.clickhouse_http", "--until-stdin-closes"]
        self._process = subprocess.Popen(
            [*module, "--path", str(self.path), "--port", str(self.port)], stdin=subprocess.PIPE
        )
        for _ in range(1200):  # a minute; it takes 0.6 s, a cold disk a few
            try:
                code = self._process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if self._answers():
                    return
            else:
                self._reap()
                raise RuntimeError(f"the server on {self.path} ended with {code}; its stderr says why")
        self.kill()
        raise RuntimeError(f"the server on {self.path} did not answer")

    def stop(self) -> None:
        """Ends it in good order, by force after 15 s. Nothing happens when it does not run."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._reap()

    def kill(self) -> None:
        """SIGKILL: what a crash leaves on the disk is what is there now."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def restart(self) -> None:
        """Stops it when it runs, and starts it on the same folder and port."""
        self.stop()
        self.start()

    def drop_after(self, inserts: int) -> None:
        """The next `inserts` good inserts are committed, then their connections are cut without an answer."""
        self._ask("POST", f"/_fault?drop_after={inserts}")

    def fail_before(self, inserts: int) -> None:
        """The next `inserts` inserts are answered 503 and change nothing."""
        self._ask("POST", f"/_fault?fail_before={inserts}")

    def inserts_seen(self) -> int:
        """How many INSERT requests have come since the start, those with a fault included."""
        return int(json.loads(self._ask("GET", "/_fault"))["inserts_seen"])

    def _reap(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.wait()
        self._process.stdin.close()
        self._process = None

    def _answers(self) -> bool:
        try:
            return self._ask("GET", "/ping") == b"Ok.\n"
        except OSError:
            return False

    def _ask(self, method: str, path: str) -> bytes:
        with closing(HTTPConnection(self.host, self.port, timeout=PATIENCE_S)) as connection:
            connection.request(method, path)
            return connection.getresponse().read()


def _free_port() -> int:
    """Below those of outgoing connections, where the client of a killed server can connect to itself."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
