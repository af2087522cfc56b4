"""White labels on an edge in this process, with a real log and a real decider, and requests as clients send them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import orjson

from producers.web.app import EdgeApp
from testkit.asking import JSON, ask
from testkit.whole_edge import OPERATOR_TOKEN, the_whole_edge

KEYS = {"hotstatz": "123", "other": "key of the other one"}
"""Two white labels, and the key of each."""
OPERATOR = [(b"authorization", f"Bearer {OPERATOR_TOKEN}".encode()), *JSON]
PATH = "/api/whitelabel/"
OK = 200


def asked(client: httpx.Client, key: str, type_: str, **parameters: str) -> list[str]:
    """What a running Tilde answers to one request of a type, behind its OK: a line each."""
    answer = client.get(PATH, params={"auth": key, "type": type_, **parameters})
    ok, *lines = answer.text.splitlines()
    assert ok == "OK", answer.text
    return lines


@dataclass
class WhiteLabels:
    """Sends requests, of `hotstatz` unless another one is said."""

    app: EdgeApp

    async def body(self, query: str, of: str = "hotstatz") -> str:
        """The whole answer of one; its status is always 200."""
        target = f"{PATH}?{urlencode({'auth': KEYS[of]})}&{query}"
        reply = await ask(self.app, "GET", target)
        assert reply.status == OK, reply
        assert (b"content-type", b"text/plain; charset=utf-8") in reply.headers
        return reply.body.decode()

    async def __call__(self, type_: str, of: str = "hotstatz", **parameters: object) -> list[str]:
        """The lines of one of a type; `goal_name=..` is `goal[name]`."""
        named = {
            f"goal[{name.removeprefix('goal_')}]" if name.startswith("goal_") else name: value
            for name, value in parameters.items()
        }
        body = await self.body(urlencode({"type": type_, **named}), of)
        assert body.endswith("\n")
        return body.removesuffix("\n").split("\n")

    async def made(self, type_: str, of: str = "hotstatz", **parameters: object) -> int:
        """The id of what is made so."""
        ok, id_, *_ = await self(type_, of, **parameters)
        assert ok == "OK", id_
        return int(id_)

    async def configure(self, name: str = "hotstatz", **settings: object) -> None:
        """What the operator says of one."""
        reply = await ask(self.app, "PATCH", f"/tilde/v1/accounts/{name}", orjson.dumps(settings), OPERATOR)
        assert reply.status == OK, reply


@asynccontextmanager
async def white_labels(data: Path, api: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[WhiteLabels]:
    """Both, with nothing in them; `api` leads to the query API, where one is to be asked."""
    async with the_whole_edge(data, api) as app:
        for name, key in KEYS.items():
            account = orjson.dumps({"name": name, "keys": {"white_label_key": key}})
            reply = await ask(app, "POST", "/tilde/v1/accounts", account, OPERATOR)
            assert reply.status == OK, reply
        yield WhiteLabels(app)
