"""The servers that bench_edge compares: a bare ASGI app, the edge without a log, the edge with its log.

python -m bench.edge_server bare|off|on --port N --data DIR
"""

import argparse
import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from producers.admin.admin import Admin
from producers.admin.sites import SaidOfSite
from producers.admin.users import SaidOfUser
from producers.web.lane_protocol import LaneProtocol
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from producers.wiring import build_app, open_embedded_edge
from testkit.deciding import deciding
from tilde.data_folder import bell_path
from tilde.domain.catalog.keys import KeyKind
from tilde.eventlog.bell import Bell
from tilde.runtime.clock import SystemClock
from tilde.runtime.garbage import collect_rarely
from tilde.schemas.topics import Topic
from tilde.settings import load_settings, open_keyring
from tilde.web.http_clients import open_transport

SITE, DOMAIN = 2, "awesome.test"
EZKEY = "a-key-for-benchmarks"
API_KEY = "0123456789abcdef0123"
TRACKING_KEY = "0123456789abcdef0123456789abcdef01234567"
BODY = b'{"status":200,"msg":"ok"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"25")]


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """The least that an ASGI app can do for a post: read it, answer it."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


class NoLog:
    """An EventWriter that keeps nothing, and the sealer that gives it: what is left is everything but the log."""

    def __init__(self) -> None:
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._done.set_result(None)

    def writer(self, topic: Topic, said: Mapping[str, Any] | None = None) -> "NoLog":
        """Itself."""
        return self

    def post(self, partition: int, event: bytes) -> None:
        """Drops it."""

    def durable(self) -> "asyncio.Future[None]":
        """At once."""
        return self._done

    async def trouble(self) -> None:
        """None."""


async def serve(mode: str, port: int, data: Path) -> None:
    """Serves until killed."""
    app = bare if mode == "bare" else await edge_app(mode, data)
    collect_rarely(young_objects=5_000)
    http: Any = "httptools" if mode == "bare" else partial(LaneProtocol, lanes=app.lanes, turns=app.turns)
    config = uvicorn.Config(
        app,
        port=port,
        http=http,
        loop="uvloop",
        proxy_headers=False,
        access_log=False,
        log_level="error",
        server_header=False,
        lifespan="off",
    )
    await uvicorn.Server(config).serve()


async def edge_app(mode: str, data: Path):
    data.mkdir(parents=True, exist_ok=True)
    settings, clock, bell = load_settings(data=data), SystemClock(), Bell(bell_path(data), serves=False)
    keyring, api = open_keyring(settings), QueryApi(open_transport(uds="/nowhere"))
    async with deciding(data, bell, clock):
        edge = await open_embedded_edge(data, keyring, clock, bell, AsyncExitStack())  # open as long as the process
        admin = Admin.over(edge.desk, edge.follower.catalog, keyring, Questions(api, edge.follower.catalog, ""))
        keys = {KeyKind.EZKEY: EZKEY, KeyKind.API_KEY: API_KEY, KeyKind.TRACKING_KEY: TRACKING_KEY}
        await admin.accounts.create("bench", None, "", keys)
        user = await admin.users.create(1, SaidOfUser(name="bench"))
        site = await admin.sites.create(1, user, SaidOfSite(domain=DOMAIN))
        assert site.id == SITE
    if mode == "off":
        edge.sealer = NoLog()
    return build_app(settings, edge, keyring, api)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["bare", "off", "on"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.mode, arguments.port, arguments.data))
