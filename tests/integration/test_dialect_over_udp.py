"""A dialect with a UDP socket on the whole edge: what comes in is counted, or refused by reason, and none after the stop."""

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from producers import wiring
from producers.edge.edge import Edge
from producers.parts import Parts
from producers.wiring import run_edge
from run.process.listening import receive, receive_datagrams
from run.roles import edge as role
from run.roles.edge import embedded_edge
from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit import gauges
from testkit.deciding import deciding
from testkit.gauges import GaugesSettings
from testkit.kafka_broker import free_ports
from testkit.waiting import PATIENCE_S, until_told
from tilde.data_folder import bell_path, edge_folder
from tilde.domain.log.position import Position
from tilde.errors import TildeError
from tilde.eventlog.bell import Bell
from tilde.eventlog.segments import SegmentReader
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import STATS
from tilde.settings import open_operator_token
from tilde.web.addresses import addresses


@pytest.fixture(autouse=True)
def dialect() -> Iterator[None]:
    with gauges.known():
        yield


@pytest.fixture
def settings(tmp_path: Path) -> GaugesSettings:
    port, udp = free_ports(2)
    return GaugesSettings(data=tmp_path, port=port, gauges_udp=udp)


@pytest.fixture
def bound(settings: GaugesSettings) -> Iterator[dict[str, socket.socket]]:
    """What the supervisor has, before it starts an edge and after one has ended."""
    datagrams = receive_datagrams(settings)
    yield datagrams
    for each in datagrams.values():
        each.close()


class Running:
    """An edge, and who asks it."""

    def __init__(self, settings: GaugesSettings, client: httpx.AsyncClient, serving: asyncio.Task[None]) -> None:
        self._settings = settings
        self.client = client
        self.serving = serving

    async def key(self) -> str:
        """That of a new account's product."""
        bearer = {"authorization": f"Bearer {open_operator_token(self._settings)}"}
        answer = await self.client.post("/tilde/v1/accounts", json={"name": "shop"}, headers=bearer)
        return str(answer.json()["product"]["tracking_key"])

    async def until_counted(self, datagrams: int) -> dict[str, int]:
        """What it says that it has taken and refused, once that are so many."""
        return await until_told(self.counted, lambda counted: sum(counted.values()) >= datagrams)

    async def counted(self) -> dict[str, int]:
        text = (await self.client.get("/metrics")).text
        found = re.findall(r'tilde_edge_(?:posts|refusals)_total\{dialect="gauges"(?:,reason="(\w+)")?\} (\d+)', text)
        return {reason or "taken": int(count) for reason, count in found if int(count)}


@asynccontextmanager
async def running(settings: GaugesSettings, datagrams: dict[str, socket.socket]) -> AsyncIterator[Running]:
    """The edge as its process runs it, and stops it."""
    (address,) = addresses(settings)
    listening = socket.create_server((address.host, address.port))
    bell, clock = Bell(bell_path(settings.data), serves=True), SystemClock()
    await bell.open()
    async with deciding(settings.data, bell, clock):
        serving = asyncio.create_task(run_edge(settings, [(address, listening)], asyncio.Event(), datagrams))
        async with httpx.AsyncClient(base_url=address.url, timeout=PATIENCE_S) as client:
            try:
                yield Running(settings, client, serving)
            finally:
                await cancel(serving)
    await bell.close()
    listening.close()


def send(settings: GaugesSettings, *datagrams: str | bytes) -> None:
    assert settings.gauges_udp is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for each in datagrams:
            sender.sendto(each.encode() if isinstance(each, str) else each, ("127.0.0.1", settings.gauges_udp))


def points(data: Path) -> Counter[tuple[str, float]]:
    """What a processor makes of the edge's log: how often each number stands at each stat."""
    found: Counter[tuple[str, float]] = Counter()
    reader = SegmentReader(edge_folder(data))
    for partition in range(STATS.partitions):
        fold = PartitionFold(StatsProcessor(), partition, Position())
        for record in reader.read(STATS.name, partition, 0, 1 << 30):
            fold.take(record)
        drained = fold.drain()
        names = {row["metric"]: row["name"] for row in (decode(value, "metric") for value in drained["metrics"])}
        for point in (decode(value, "point") for value in drained["points"]):
            found[names[point["metric"]], point["number"]] += 1
    reader.close()
    return found


async def test_datagrams_are_counted_or_refused_by_reason(
    settings: GaugesSettings, bound: dict[str, socket.socket]
) -> None:
    """A name with a `~` is one stat; where somebody sends anything at all, nothing else is lost."""
    async with running(settings, bound) as edge:
        key = await edge.key()
        good = [f"{key} {number} load~db{number % 2},x" for number in range(100)]
        bad: list[str | bytes] = [
            b"",
            b"\xff\xfe",
            "no gauge",
            f"OTHER{key} 1 load",
            f"{key} nan load",
            f"{key} 1 {'n' * 256}",
            f"{key} 1 a\0b",
        ]
        send(settings, *good[:50], *bad, *good[50:])
        counted = await edge.until_counted(len(good) + len(bad))

    assert counted == {"taken": 100, "no_gauge": 3, "unknown_key": 1, "bad_number": 1, "bad_name": 2}
    assert points(settings.data) == {(f"load~db{number % 2},x", float(number)): 1 for number in range(100)}


async def test_none_counts_after_the_stop_and_the_next_edge_takes_what_waits(
    settings: GaugesSettings, bound: dict[str, socket.socket]
) -> None:
    """The socket is the supervisor's: what comes while an edge starts again is not lost."""
    async with running(settings, bound) as edge:
        key = await edge.key()
        send(settings, f"{key} 1 load")
        await edge.until_counted(1)
    send(settings, f"{key} 2 load")
    await asyncio.sleep(0.1)
    assert points(settings.data) == {("load", 1.0): 1}

    async with running(settings, bound) as edge:
        await edge.until_counted(1)
    assert points(settings.data) == {("load", 1.0): 1, ("load", 2.0): 1}


async def test_a_dialect_whose_port_is_not_set_takes_nothing(settings: GaugesSettings) -> None:
    """Its socket is not there at all."""
    off = settings.model_copy(update={"gauges_udp": None})
    assert receive_datagrams(off) == {}

    async with running(off, {}) as edge:
        await edge.key()
        assert await edge.counted() == {}


class Closing:
    """A dialect that leaves its last event while it is closed."""

    @staticmethod
    @asynccontextmanager
    async def _last(edge: Edge, may_open: asyncio.Event) -> AsyncIterator[None]:
        await may_open.wait()
        try:
            yield
        finally:
            name = posted_name(1, 77, "counter", "the last")
            writer = edge.sealer.writer(STATS)
            writer.post(0, stat_posted(edge.ids.next(1), name, 7.0, None, long(1)))
            await writer.durable()

    def __init__(self, may_open: asyncio.Event) -> None:
        self._may_open = may_open

    def add(self, app: Any, parts: Parts) -> list[Any]:
        parts.services.open_with(partial(self._last, parts.edge, self._may_open))
        return []


async def test_nobody_is_answered_before_all_is_open_and_the_log_is_closed_last(
    settings: GaugesSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So `ready` says that of sockets, too; and what was left at the very end is durable."""
    may_open = asyncio.Event()
    monkeypatch.setattr(wiring, "DIALECTS", (*wiring.DIALECTS, Closing(may_open)))
    async with running(settings, {}) as edge:
        asking = asyncio.create_task(edge.client.get("/"))
        done, _ = await asyncio.wait([asking], timeout=0.5)
        assert not done
        may_open.set()
        assert (await asking).status_code == 200

    assert points(settings.data) == {("the last", 7.0): 1}


def test_a_port_that_is_taken_is_told_with_who_has_it(
    settings: GaugesSettings, bound: dict[str, socket.socket]
) -> None:
    """Before anything is started, in the words that a port of http is told in. The same port for TCP is another one."""
    udp = settings.gauges_udp
    assert udp is not None
    with socket.create_server(("127.0.0.1", udp)), pytest.raises(TildeError) as error:
        receive_datagrams(settings)

    assert re.fullmatch(
        rf"cannot take datagrams at 127.0.0.1:{udp}: the port is in use by \S+ \(process \d+\)"
        r" \(another one: TILDE_GAUGES_UDP=N\)",
        str(error.value),
    )
    with pytest.raises(TildeError, match=r"192\.0\.2\.7 is no address of this machine"):
        receive("192.0.2.7", udp, "gauges_udp")


def test_the_supervisors_sockets_reach_the_edge_by_their_settings(
    settings: GaugesSettings, bound: dict[str, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind those of users, in the order that both know."""
    seen: dict[str, Any] = {}
    monkeypatch.setattr(role, "_run", lambda _, listening, datagrams, **__: seen.update(users=listening, udp=datagrams))
    with socket.create_server(("127.0.0.1", 0)) as users:
        ports = [users.fileno(), *(each.fileno() for each in bound.values())]
        embedded_edge(settings, ports)

        assert [(address.setting, each.fileno()) for address, each in seen["users"]] == [("port", users.fileno())]
        udp = {setting: (each.type, each.fileno()) for setting, each in seen["udp"].items()}
        assert udp == {"gauges_udp": (socket.SOCK_DGRAM, bound["gauges_udp"].fileno())}
        for each in (*(one for _, one in seen["users"]), *seen["udp"].values()):
            each.detach()
