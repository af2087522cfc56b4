"""The edge with all its routes in one process: its own log in a folder, a decider beside it, a stand-in for the API."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import orjson
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from producers.services import Services
from producers.web.app import EdgeApp
from producers.web.query_api import QueryApi
from producers.wiring import build_app, open_embedded_edge
from testkit.builders import UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.stathat import EZKEY
from testkit.statsmix import API_KEY
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.keys import KeyKind
from tilde.eventlog.bell import Bell
from tilde.own_paths import PROGRESS
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings
from tilde.web.http_clients import open_transport

OPERATOR_TOKEN = "the operator's"  # noqa: S105 - of tests
TOKEN = "TOKEN"  # noqa: S105 - of tests
AWAY = open_transport(uds="/nowhere/api.sock")
"""A query API that does not run."""
POINT = {"id": "6537-0", "time": 0, "time_ms": 0, "received_at": 0, "received_ms": 0, "value": 1}
"""The one point of the stand-in's stats."""


async def a_query_api(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands in for the API: is ready, builds no generation, has every stat, as counter `signups` with one point, but
    none by what its name begins with, no sample and no person, and finds no fault with a question; all paths are read.
    """
    if scope["method"] == "OPTIONS":
        methods = b"POST" if scope["path"].endswith("/find") else b"GET, HEAD"
        await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", methods)]})
        await send({"type": "http.response.body", "body": b""})
        return
    if scope["method"] == "POST" and scope["path"].endswith(("/samples", "/questions")):
        asked = orjson.loads((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": orjson.dumps([None] * len(asked))})
        return
    status, found = _answered(scope["path"])
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": found})


def _answered(path: str) -> tuple[int, bytes]:
    if path.startswith(("/ready", PROGRESS)):
        return 200, b"{}"
    if path.endswith("/person/numbers"):
        return 200, b'{"numbers":[]}'
    is_stat = path.startswith(("/tilde/v1/stats/", "/tilde/v1/accounts/main/stats/"))
    if is_stat and path.endswith("/find"):
        return 200, b'{"stats":[],"after":null}'
    if is_stat and path.endswith("/points"):
        return 200, orjson.dumps([POINT])
    return 200 if is_stat else 404, b'{"kind":"counter","name":"signups","created_at":0}'


@asynccontextmanager
async def the_whole_edge(data: Path, api: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[EdgeApp]:
    """An edge with one account, `main`, that has EZKEY, TOKEN and API_KEY. What its dialects open is open meanwhile."""
    bell, clock = Bell(data / "bell.sock", serves=False), SystemClock()
    async with deciding(data, bell, clock), AsyncExitStack() as stack:
        edge = await open_embedded_edge(data, KEYRING, clock, bell, stack)
        plain = {KeyKind.EZKEY: EZKEY, KeyKind.TOKEN: TOKEN, KeyKind.API_KEY: API_KEY}
        keys = tuple(KEYRING.store(kind, key) for kind, key in plain.items())
        await edge.desk.ask(CreateAccount("main", keys, UUID, ""))
        query_api = QueryApi(api or httpx.ASGITransport(a_query_api))
        stack.push_async_callback(query_api.close)
        settings, services = Settings(data=data, operator_token=SecretStr(OPERATOR_TOKEN)), Services()
        app = build_app(settings, edge, KEYRING, query_api, services=services)
        async with services.opened():
            yield app
