"""The fast lane over real sockets, plain and with TLS, under both event loops that uvicorn runs on."""

import asyncio
import gc
import random
import socket
import ssl
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
import uvloop

from producers.web.app import EdgeApp
from producers.web.lane_protocol import LaneProtocol
from testkit.certificates import write_certificate
from testkit.counting_lane import Counting, get, post
from testkit.stathat import EZKEY
from testkit.waiting import until_it_holds
from testkit.whole_edge import the_whole_edge
from tilde.data_folder import edge_folder
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode
from tilde.schemas.topics import STATS
from tilde.web.serving import Door, Server

PATIENCE_S = 25  # less than the edge gives a body, or an answer that stands: it would end a wait by itself
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
OK = b'{"status":200,"msg":"ok"}'


class Client(NamedTuple):
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *packets: bytes) -> None:
        for packet in packets:
            self.writer.write(packet)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def answer(self) -> bytes:
        """The body of the next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        length = next(
            int(line.partition(b":")[2]) for line in head.lower().splitlines() if line.startswith(b"content-length")
        )
        return await asyncio.wait_for(self.reader.readexactly(length), PATIENCE_S)

    async def rest(self) -> bytes:
        """What comes until the edge closes."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE_S)


class Place(NamedTuple):
    """A server: who connects to it, and how it is stopped."""

    connect: Callable[[], Awaitable[Client]]
    serving: "asyncio.Task[None]"


@asynccontextmanager
async def serving(
    app: EdgeApp, tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None, protocol: type[LaneProtocol] = LaneProtocol
) -> AsyncIterator[Place]:
    """`tls` are the contexts of server and client."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=100)
    http: Any = partial(protocol, lanes=app.lanes, turns=app.turns)
    config = uvicorn.Config(app, http=http, lifespan="off", log_level="critical", access_log=False)
    door = Door(listening, tls[0] if tls else None)
    task = asyncio.create_task(Server(config).serve_until_cancelled([door]))
    address = listening.getsockname()
    clients: list[Client] = []

    async def connect() -> Client:
        client = Client(*await asyncio.open_connection(*address, ssl=tls[1] if tls else None))
        clients.append(client)
        return client

    try:
        yield Place(connect, task)
    finally:
        for client in clients:
            client.writer.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Awaitable[None]], None]:
    """Runs a test's steps."""

    def runs(steps: Any) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(steps())

    return runs


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*write_certificate(folder / "certificate"))
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    return server, client


def in_the_log(data: Path) -> list[int]:
    """The numbers of all posts, sorted."""
    reader = SegmentReader(edge_folder(data))
    records = [record for p in range(STATS.partitions) for record in reader.read(STATS.name, p, 0, 1 << 30)]
    reader.close()
    return sorted(int(event["number"]) for one in records for event in decode(one.value, STATS.subject)["events"])


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_every_post_that_is_answered_is_in_the_log_once(run, tmp_path: Path, is_tls: bool) -> None:
    """Forms and queries of thirty clients, in one packet or several, one by one or pipelined; some leave unanswered,
    and whether theirs count is theirs to guess.
    """
    dice = random.Random(7)
    answered: list[int] = []
    sent = 0

    def a_post() -> bytes:
        nonlocal sent
        sent += 1
        fields = b"ezkey=%s&stat=stat+%d&count=%d" % (EZKEY.encode(), sent % 40, sent)
        if dice.random() < 0.3:
            return b"GET /ez?" + fields + b" HTTP/1.1\r\nHost: h\r\n\r\n"
        head = b"POST /ez HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return head + b"Content-Length: %d\r\n\r\n" % len(fields) + fields

    async def client(place: Place) -> None:
        connection = await place.connect()
        for _ in range(12):
            count = dice.choice([1, 1, 3])
            first, data = sent + 1, b"".join(a_post() for _ in range(count))
            at = dice.choice([len(data), dice.randrange(1, len(data))])
            await connection.send(*filter(None, (data[:at], data[at:])))
            if dice.random() < 0.03:
                connection.writer.transport.abort()
                return
            for number in range(first, first + count):
                assert await connection.answer() == OK
                answered.append(number)

    async def steps() -> None:
        async with the_whole_edge(tmp_path) as app, serving(app, contexts(tmp_path) if is_tls else None) as place:
            await asyncio.gather(*(client(place) for _ in range(30)))

    run(steps)

    counted = in_the_log(tmp_path)
    assert len(answered) > 300
    assert len(counted) == len(set(counted))
    assert set(answered) <= set(counted) <= set(range(1, sent + 1))


def test_a_stop_in_the_middle_waits_for_the_log(run) -> None:
    """Who has posted is told when it is durable, and that the connection ends; nobody else comes in."""

    async def steps() -> None:
        counting = Counting()
        async with serving(counting.app) as place:
            client = await place.connect()
            await client.send(post(b"1"))
            await until_it_holds(lambda: counting.open)
            place.serving.cancel()
            await asyncio.sleep(0.2)
            assert not place.serving.done()
            counting.commit()
            answer = await client.rest()
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert answer.endswith(b"connection: close\r\n\r\ndurable")
            with pytest.raises(asyncio.CancelledError):
                await place.serving

    run(steps)


class Impatient(LaneProtocol):
    body_s = 0.2
    half_open_s = 0.2


@pytest.mark.parametrize("part", [b"", b"1"], ids=["nothing of it", "a part"])
def test_a_body_that_does_not_come_is_told_so_and_told_to_the_declared_route(run, part: bytes) -> None:
    """408; the route sees a client that has gone, and may count it."""

    async def steps() -> None:
        counting = Counting()
        async with serving(counting.app, protocol=Impatient) as place:
            client = await place.connect()
            whole = post(b"123")
            await client.send(whole[: len(whole) - 3] + part)
            assert await client.answer() == b'{"detail":"Request Timeout"}'
            assert await client.rest() == b""
            assert (len(counting.app.scopes), counting.open) == (1, [])

    run(steps)


def test_a_body_may_come_long_after_its_head(run) -> None:
    """In one piece it is the lane's all the same: Python's own client sends it in a packet of its own."""

    async def steps() -> None:
        counting = Counting()
        async with serving(counting.app) as place:
            client = await place.connect()
            whole = post(b"123")
            await client.send(whole[:-3])
            await asyncio.sleep(0.1)
            await client.send(whole[-3:])
            await until_it_holds(lambda: counting.open)
            counting.commit()
            assert await client.answer() == b"durable"
            assert counting.app.scopes == []

    run(steps)


def test_who_closes_before_he_is_answered_has_a_moment(run) -> None:
    """He may still read; later nobody is waited for, and what he posted counts."""

    async def steps() -> None:
        counting = Counting()
        async with serving(counting.app, protocol=Impatient) as place:
            quick, slow = await place.connect(), await place.connect()
            await quick.send(post(b"1"))
            quick.writer.write_eof()
            await until_it_holds(lambda: counting.open)
            counting.commit()
            assert await quick.answer() == b"durable"
            assert await quick.rest() == b""
            await slow.send(post(b"2"))
            slow.writer.write_eof()
            await until_it_holds(lambda: counting.open)
            with suppress(ConnectionResetError):  # or a plain end: that is the kernel's to say
                assert await slow.rest() == b""
            counting.commit()
            assert counting.durable == [b"1", b"2"]

    run(steps)


@pytest.mark.parametrize("data", [post(b"1"), post(b"1") * 3, post(b"1")[:-1], get(b"01")])
def test_a_lost_connection_is_gone_at_once(run, data: bytes) -> None:
    """Without the collector, which looks rarely: answered, waiting, half sent, out of the lane."""
    lost: list[weakref.ref[LaneProtocol]] = []

    class Watched(LaneProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.append(weakref.ref(self))

    async def steps() -> None:
        counting = Counting()
        async with serving(counting.app, protocol=Watched) as place:
            client = await place.connect()
            await client.send(data)
            await asyncio.sleep(0.05)
            if counting.open:
                counting.commit()
                await client.answer()
            await asyncio.sleep(0.05)
            client.writer.transport.abort()
            await until_it_holds(lambda: lost)
            if counting.open:
                counting.commit()
            await until_it_holds(lambda: lost[0]() is None)

    gc.disable()
    try:
        run(steps)
    finally:
        gc.enable()
