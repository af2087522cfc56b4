"""An answer that is passed on: what it holds, and until when."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from producers.web.passed_on import PassedOn
from producers.web.query_api import QueryApi
from producers.web.seats import Limits, Seats, Who
from testkit.waiting import PATIENCE_S
from tilde.runtime.tasks import cancel

END = 3
SCOPE = {"type": "http", "method": "GET", "path": "/x/T/statlist", "headers": []}


class Answer(httpx.AsyncByteStream):
    """An answer of the API in two pieces, that knows whether it was closed."""

    is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"one,"
        yield b"two"

    async def aclose(self) -> None:
        self.is_closed = True


class Api(httpx.AsyncBaseTransport):
    """Answers everything."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.answers.append(Answer())
        return httpx.Response(200, stream=self.answers[-1])


class Reader:
    """A client that takes nothing from some message on, the first being 0."""

    def __init__(self, stops_at: int | None = None) -> None:
        self.taken: list[Message] = []
        self.has_gone = asyncio.Event()
        self.stopped = asyncio.Event()
        self._stops_at = stops_at

    async def send(self, message: Message) -> None:
        if len(self.taken) == self._stops_at:
            self.stopped.set()
            await asyncio.Event().wait()
        self.taken.append(message)

    async def receive(self) -> Message:
        await self.has_gone.wait()
        return {"type": "http.disconnect"}


def passed_on(api: Api, seats: Seats) -> PassedOn:
    client = httpx.AsyncClient(transport=api, base_url="http://query-api")
    return PassedOn(client, client.build_request("GET", "/"), seats, Who("1.1.1.1", "T"))


@pytest.mark.parametrize("stops_at", [0, 1, 2, END], ids=["head", "first piece", "last piece", "end"])
async def test_who_takes_nothing_from_any_place_on_keeps_nobody_waiting(stops_at):
    """Each message may have to wait until the client has taken what was sent before it."""
    api, seats = Api(), Seats(Limits(moving=1, moving_of_one=1, wait_s=PATIENCE_S))
    idle = Reader(stops_at)
    asking = asyncio.create_task(passed_on(api, seats)(SCOPE, idle.receive, idle.send))
    await asyncio.wait_for(idle.stopped.wait(), PATIENCE_S)

    other = Reader()
    await asyncio.wait_for(passed_on(api, seats)(SCOPE, other.receive, other.send), PATIENCE_S)

    assert other.taken[0]["status"] == 200
    assert b"".join(message["body"] for message in other.taken[1:]) == b"one,two"
    assert not asking.done()
    await cancel(asking)


@pytest.mark.parametrize("stops_at", [0, 1, 2, END], ids=["head", "first piece", "last piece", "end"])
async def test_whose_client_goes_holds_nothing(stops_at):
    """Wherever he had stopped: the answer of the API is closed, and the seat is free."""
    api, seats = Api(), Seats(Limits(moving=1, moving_of_one=1, wait_s=PATIENCE_S))
    reader = Reader(stops_at)
    asking = asyncio.create_task(passed_on(api, seats)(SCOPE, reader.receive, reader.send))
    await asyncio.wait_for(reader.stopped.wait(), PATIENCE_S)
    assert api.answers[0].is_closed == (stops_at == END)  # httpx closes what was read whole

    reader.has_gone.set()
    await asyncio.wait_for(asking, PATIENCE_S)

    assert api.answers[0].is_closed
    async with seats.seated(Who("1.1.1.1", "T"), lambda: None):
        pass


class Stuck(httpx.AsyncBaseTransport):
    """Answers nothing below some path until it may."""

    def __init__(self, path: str) -> None:
        self.asked = 0
        self.may = asyncio.Event()
        self._path = path.encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.extensions["target"].startswith(self._path):
            self.asked += 1
            await self.may.wait()
        return httpx.Response(200, stream=Answer())


@pytest.mark.parametrize(
    ("slow", "others"),
    [("/tilde/v1/export", "/x/T/statlist"), ("/tilde/v1/sql", "/x/T/statlist"), ("/x/T/statlist", "/tilde/v1/export")],
)
async def test_exports_and_sql_have_seats_of_their_own(slow, others):
    """Who has taken all of the ones that are his still gets the others."""
    stuck = Stuck(slow)
    api = QueryApi(stuck, reads_per_address=1)
    asking = [asyncio.create_task(read(api, slow)) for _ in range(3)]
    while not stuck.asked:
        await asyncio.sleep(0)
    for _ in range(10):  # the second one of two seats
        await asyncio.sleep(0)
    reader = await asyncio.wait_for(read(api, others), PATIENCE_S / 2)

    assert stuck.asked < len(asking)
    assert reader.taken[0]["status"] == 200
    stuck.may.set()
    await asyncio.gather(*asking)
    await api.close()


async def read(api: QueryApi, path: str) -> Reader:
    scope = SCOPE | {"path": path, "query_string": b"", "client": ("1.1.1.1", 1)}
    reader = Reader()
    answer = await api.pass_on(Request(scope, body))
    await answer(scope, reader.receive, reader.send)
    return reader


async def body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
