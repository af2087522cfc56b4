"""A post and a command on their whole way through one data folder, a step at a time in one process, so that they can be
walked (`testkit/walk.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from producers.edge.edge import Edge
from producers.tilde_v1.operator_routes import NewAccount
from producers.web.app import EdgeApp
from producers.web.query_api import QueryApi
from producers.wiring import build_app, open_embedded_edge
from sinks.loop import Sink
from sinks.wiring import open_sink
from streams.decider import Decider
from streams.drivers.embedded_driver import EmbeddedDriver
from streams.wiring import open_embedded
from testkit.builders import UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.stathat import EZKEY
from testkit.waiting import until_it_holds
from testkit.whole_edge import a_query_api
from testkit.wire import Wire, Wires
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import catalog_path, outputs_path
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.keys import KeyKind
from tilde.eventlog.bell import RING_S, Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, SqliteWriter
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.hot import long_of
from tilde.schemas.topics import COMMANDS
from tilde.settings import Settings
from tilde.store import Store

FORM = f"ezkey={EZKEY}&stat=hello&count=1".encode()
POST = (
    b"POST /ez HTTP/1.1\r\nHost: api.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(FORM), FORM)
)
"""An EZ post as most clients send it; each one counts for the same stat, by the same key."""
GENERATION = 1
IDLE_S_MAX = 3_600  # of the connection, which no timer is to look at on the way


@dataclass
class Journeys:
    """The parts of a data folder, as its processes open them; none of them goes on by itself."""

    edge: Edge
    app: EdgeApp
    wire: Wire
    decider: Decider
    driver: EmbeddedDriver
    sink: Sink
    asked: asyncio.Event

    async def rest(self) -> None:
        """Returns once nothing is due by a clock of what went before, which would be on the way of what comes: the bell
        has been rung, and the positions of the tables are saved. No number is known that others in this process have
        read, or reading it would be no move.
        """
        long_of.cache_clear()
        await asyncio.sleep(2 * RING_S)
        await self.sink.save()

    async def post(self) -> None:
        """Posts on a connection that stays; returns once that is acknowledged."""
        before = len(self.wire.written)
        self.wire.send(POST)
        await until_it_holds(lambda: len(self.wire.written) > before, pause_s=0)

    async def process(self) -> None:
        """What was posted goes through the processors."""
        await self.driver.step()

    async def insert(self) -> None:
        """What the processors have written goes into the tables."""
        self.sink.flush()
        await self.sink.step()

    async def create(self, account: NewAccount) -> None:
        """Asks the operator's route for an account, has that decided, and returns once it is answered."""
        self.asked.clear()
        asking = asyncio.create_task(_route_of(self.app, "POST", "/tilde/v1/accounts")(account))
        await self.asked.wait()
        await asyncio.sleep(0)  # then it waits for the answer
        await self.decider.step()
        await self.edge.follower.read_to_end()
        await asking


def _route_of(app: EdgeApp, method: str, path: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    """What a declared route calls once it has read a request."""
    found = (
        each.endpoint
        for each in iter_route_contexts(app.router.routes)
        if each.path == path and method in (each.methods or ())
    )
    endpoint = next(found)
    assert endpoint is not None
    return endpoint


@asynccontextmanager
async def journeys(data: Path, store: Store) -> AsyncIterator[Journeys]:
    """Through a folder with one account, that has EZKEY, and a store with the tables of GENERATION."""
    clock, bell = SystemClock(), Bell(data / "bell.sock", serves=False)
    async with AsyncExitStack() as stack:
        async with deciding(data, bell, clock):
            edge = await open_embedded_edge(data, KEYRING, clock, bell, stack)
            await edge.desk.ask(CreateAccount("main", (KEYRING.store(KeyKind.EZKEY, EZKEY),), UUID, ""))
        await cancel(edge.following)  # it looks at the catalog by a clock
        query_api = QueryApi(httpx.ASGITransport(a_query_api))
        stack.push_async_callback(query_api.close)
        app = build_app(Settings(data=data, operator_token=SecretStr("token")), edge, KEYRING, query_api)
        writer = SqliteWriter(LogFile(catalog_path(data), writes=True), Bell(data / "deaf.sock", serves=False))
        stack.push_async_callback(writer.close)
        outputs = LogFile(outputs_path(data, GENERATION), writes=True)
        stack.callback(outputs.close)
        of_commands, of_catalog, sunk = (_opened(data, stack) for _ in range(3))
        follower = CatalogFollower(of_catalog)
        await follower.read_to_end()
        sink = await open_sink(sunk, store, GENERATION, clock)
        driver = open_embedded(
            data, GENERATION, outputs, stack, as_of=follower, bell=bell, clock=clock, sunk=sink.saved_offsets
        )
        decider = Decider(of_commands, writer, clock)
        wire, asked = Wires(app).open(), bell.listener([COMMANDS.name])
        wire.protocol.timeout_keep_alive = IDLE_S_MAX
        yield Journeys(edge, app, wire, decider, driver, sink, asked)


def _opened(data: Path, stack: AsyncExitStack) -> SqliteLog:
    log = SqliteLog(data, GENERATION)
    stack.push_async_callback(log.close)
    return log
