"""Ten seconds of wild requests at the whole edge, without a socket: no answer is a 5xx, and every one comes soon."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.types import Receive, Scope, Send

from producers.app import EdgeApp
from producers.edge import open_edge
from producers.edge_log import EdgeLog
from producers.query_api import QueryApi
from producers.wiring import build_app
from streams.decider import Decider
from tests.fuzz.wild import Source, Wild
from tilde.clock import SystemClock
from tilde.domain.commands import CreateAccount, KeyKind
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, SqliteWriter, catalog_path, edge_folder
from tilde.settings import Settings
from tilde.tasks import cancel
from tilde.testing.builders import UUID
from tilde.testing.edges import EZKEY, KEYRING, Reply, ask

SECONDS = float(os.environ.get("TILDE_FUZZ_SECONDS", "10"))
SEED = int(os.environ.get("TILDE_FUZZ_SEED", "1"))
ANSWER_S_MAX = 5
OPERATOR_TOKEN = "the operator's"


async def a_query_api(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands in for the API: is ready, has every stat, and nothing else."""
    status = 200 if scope["path"].startswith(("/tilde/v1/stats/", "/ready")) else 404
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})


@asynccontextmanager
async def the_whole_edge(data: Path) -> AsyncIterator[EdgeApp]:
    """All its routes, over a log in a folder, with a decider."""
    bell, clock = Bell(data / "bell.sock", serves=False), SystemClock()
    catalog = LogFile(catalog_path(data), writes=True)
    deciding = asyncio.create_task(Decider(SqliteLog(data, bell=bell), SqliteWriter(catalog, bell), clock).run())
    reader = SqliteLog(data, bell=bell)
    edge = await open_edge(EdgeLog(edge_folder(data)), reader, KEYRING, clock, bell.ring)
    keys = [KEYRING.store(KeyKind.EZKEY, EZKEY), KEYRING.store(KeyKind.TOKEN, "TOKEN")]
    await edge.desk.ask(CreateAccount("main", tuple(keys), UUID, ""))
    api = QueryApi(httpx.ASGITransport(a_query_api))
    settings = Settings(data=data, operator_token=OPERATOR_TOKEN)
    try:
        yield build_app(settings, edge, KEYRING, api)
    finally:
        await edge.close()
        await reader.close()
        await api.close()
        await cancel(deciding)
        catalog.close()


async def answer(app: EdgeApp, wild: Wild) -> Reply:
    """As uvicorn would ask: names of headers in lower case, the body without its chunks' frames."""
    headers = tuple((name.lower(), value) for name, value in wild.headers)
    body: list[bytes] = [wild.body]
    if (b"Transfer-Encoding", b"chunked") in wild.headers:
        body = unchunked(wild.body)
    return await ask(app, wild.method, wild.target.decode(), body, headers)


def unchunked(body: bytes) -> list[bytes]:
    chunks = []
    while not body.startswith(b"0\r\n"):
        size, _, body = body.partition(b"\r\n")
        chunks.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    return chunks


async def test_no_request_is_answered_with_a_5xx(tmp_path: Path) -> None:
    """Seeded, so what it finds it finds again: TILDE_FUZZ_SEED, TILDE_FUZZ_SECONDS."""
    clock = SystemClock()
    source = Source(SEED, [EZKEY, "nobody"], OPERATOR_TOKEN)
    answered = taken = 0
    async with the_whole_edge(tmp_path) as app:
        deadline = clock.monotonic_s() + SECONDS
        while clock.monotonic_s() < deadline:
            wild = source.request()
            try:
                async with asyncio.timeout(ANSWER_S_MAX):
                    reply = await answer(app, wild)
            except Exception as error:
                raise AssertionError(f"no answer to {wild.raw()[:2000]!r}") from error
            assert reply.status < 500, f"{reply} to {wild.raw()[:2000]!r}"
            answered += 1
            taken += reply.body == b'{"status":200,"msg":"ok"}'

        last = await answer(app, Wild("GET", b"/ez?ezkey=EZKEY&stat=a&count=1", (), b""))

    assert last.body == b'{"status":200,"msg":"ok"}'
    assert answered > 20 * SECONDS
    assert taken > 0
