"""Thousands of requests that are aborted, pipelined, never read or half sent, with a key or without one: another
client's reads and posts are answered.

TILDE_FAULTS says how many of them (420), TILDE_SEED which ones (1).
"""

import asyncio
import os
import random
import socket
import struct
from collections import Counter
from pathlib import Path

import httpx
import pytest

from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until
from tilde.runtime.clock import SystemClock

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(0)]

ABUSES = int(os.environ.get("TILDE_FAULTS", "420"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
ABUSERS = 40
OPEN_TO_ALL = [
    *(
        "GET /health",
        "GET /metrics",
        "GET /docs",
        "GET /openapi.json",
        "GET /docs-assets/swagger-ui-bundle.js",
        "GET /",
    ),
    *("OPTIONS /x/nobody/statlist", "GET /x/nobody/statlist", "GET /nowhere", "PUT /tilde/v1/stats/A", "HEAD /health"),
]
HELD_MAX = 300  # connections of which nothing is read, at a time
STATS = 6_000
ABORT = struct.pack("ii", 1, 0)


class Abuse:
    """One abuser after the other, each with a connection of its own."""

    def __init__(self, tilde: RunningTilde, token: str) -> None:
        self._tilde = tilde
        self._get = f"GET /x/{token}/statlist HTTP/1.1\r\nHost: h\r\n\r\n".encode()
        self._open = [f"{line} HTTP/1.1\r\nHost: h\r\n\r\n".encode() for line in OPEN_TO_ALL]
        self._held: list[socket.socket] = []
        self.done: Counter[str] = Counter()

    async def one(self, chance: random.Random) -> None:
        """One of a kind drawn at random."""
        kind = chance.choice(
            ["abort", "pipeline", "unread", "unread pipeline", "half head", "half body", "leave early", "no key"]
        )
        self.done[kind] += 1
        connection = await self._connected()
        loop = asyncio.get_running_loop()
        if kind in ("unread", "unread pipeline"):
            await loop.sock_sendall(connection, self._get * (20 if kind == "unread pipeline" else 1))
            self._hold(connection)
        elif kind == "no key":
            await loop.sock_sendall(connection, chance.choice(self._open) * 20)
            self._hold(connection)
        elif kind == "half head":
            await loop.sock_sendall(connection, self._get[: chance.randrange(1, len(self._get) - 2)])
            self._hold(connection)
        elif kind == "half body":
            await loop.sock_sendall(
                connection, b"POST /tilde/v1/sql HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\n{"
            )
            self._hold(connection)
        elif kind == "leave early":
            await loop.sock_sendall(connection, self._get)
            await loop.sock_recv(connection, 1)
            _abort(connection)
        else:
            await loop.sock_sendall(connection, self._get * (2 if kind == "pipeline" else 1))
            _abort(connection)

    async def _connected(self) -> socket.socket:
        connection = socket.socket()
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (self._tilde.host, self._tilde.port))
        return connection

    def _hold(self, connection: socket.socket) -> None:
        self._held.append(connection)
        if len(self._held) > HELD_MAX:
            _abort(self._held.pop(0))

    def end(self) -> None:
        for connection in self._held:
            connection.close()


def _abort(connection: socket.socket) -> None:
    """With a reset, as a client that was killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
    connection.close()


class Reader:
    """Another client: asks for everything that is read, and posts, one after the other."""

    def __init__(self, tilde: RunningTilde, token: str, ezkey: str, address: str) -> None:
        transport = httpx.AsyncHTTPTransport(local_address=address)
        self._client = httpx.AsyncClient(transport=transport, base_url=tilde.url, timeout=PATIENCE_S)
        self._targets = [
            "/",
            "/health",
            f"/x/{token}/statlist?offset=0",
            f"/x/{token}/data/NONE",
            "/tilde/v1/stats?limit=1",
            f"/ez?ezkey={ezkey}&stat=other&count=1",
        ]
        self._headers = {"authorization": f"Bearer {token}"}
        self.answers: Counter[tuple[str, int]] = Counter()
        self.seconds: list[float] = []

    async def read_until(self, over: asyncio.Event) -> None:
        clock = SystemClock()
        while not over.is_set():
            for target in self._targets:
                began = clock.monotonic_s()
                answer = await self._client.get(target, headers=self._headers)
                self.seconds.append(clock.monotonic_s() - began)
                self.answers[target.partition("?")[0].rsplit("/", 1)[-1], answer.status_code] += 1
            await asyncio.sleep(0.05)
        await self._client.aclose()


def test_reads_are_answered_whatever_others_do_with_theirs(tmp_path):
    """Afterwards nothing of it is left: no connection, no line in the log, no memory to speak of."""
    with RunningTilde(tmp_path / "data") as tilde:
        tilde.wait_greeted()
        flooded, other = tilde.make_account("flooded"), tilde.make_account("other")
        fill(tilde, flooded["ezkey"])
        before = open_files(tilde)
        told = tilde.output()

        abuse = Abuse(tilde, flooded["token"])
        readers = [
            Reader(tilde, other["token"], other["ezkey"], "127.0.0.2"),
            Reader(tilde, other["token"], other["ezkey"], "127.0.0.1"),  # the abusers' own, as of a balancer in front
        ]
        asyncio.run(abused(abuse, readers))

        abuse.end()
        for reader in readers:
            slowest = sorted(reader.seconds)
            p50 = slowest[len(slowest) // 2]
            print(f"{dict(abuse.done)}: {len(slowest)} reads, p50 {p50:.3f} s, slowest {slowest[-1]:.3f} s")
            assert {status for _, status in reader.answers} == {200, 404}
            assert {name for name, status in reader.answers if status == 404} == {"NONE"}
        until(
            lambda: open_files(tilde) <= before + 40, 60, lambda: f"{open_files(tilde)} files are open, {before} before"
        )
        assert tilde.output().removeprefix(told) == ""


async def abused(abuse: Abuse, readers: list[Reader]) -> None:
    """Others read while the abusers are at work."""
    over = asyncio.Event()
    reading = [asyncio.create_task(reader.read_until(over)) for reader in readers]
    chances = [random.Random(SEED * 1_000 + number) for number in range(ABUSERS)]

    async def abuser(chance: random.Random) -> None:
        for _ in range(ABUSES // ABUSERS):
            await abuse.one(chance)

    await asyncio.gather(*map(abuser, chances))
    over.set()
    await asyncio.gather(*reading)


def fill(tilde: RunningTilde, ezkey: str) -> None:
    """So many stats that their list, some 2 MB, does not go into the buffers of a connection."""
    for start in range(0, STATS, 1_000):
        items = [{"stat": f"{number:0>200}", "count": 1} for number in range(start, start + 1_000)]
        assert tilde.client.post("/ez", json={"ezkey": ezkey, "data": items}).json()["multiple"] == 1_000
    tilde.wait_counted()


def open_files(tilde: RunningTilde) -> int:
    """Of the edge and the pipeline."""
    pids = [tilde.child("edge"), tilde.child("pipeline")]
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


def test_a_reset_connection_is_a_descriptor_less():
    """The control: what `open_files` counts is what an abuser could leave behind."""
    listening = socket.create_server(("127.0.0.1", 0))
    before = len(list(Path("/proc/self/fd").iterdir()))
    held = socket.create_connection(listening.getsockname())
    during = len(list(Path("/proc/self/fd").iterdir()))
    held.close()
    listening.close()

    assert during == before + 1
