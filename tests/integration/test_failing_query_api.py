"""A query API that fails for one request answers the others, over the edge's connections to it."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import Request, Response

from api.web.server import serve_on_socket
from testkit.asking import ask
from testkit.waiting import until_it_holds
from testkit.whole_edge import the_whole_edge
from tilde.runtime.tasks import cancel
from tilde.web.plain_app import PlainApp


def an_api() -> PlainApp:
    app = PlainApp()

    @app.api_route("/fails", methods=["GET", "POST"])
    async def fails(request: Request) -> Response:
        await request.body()
        raise ZeroDivisionError("a bug")

    @app.api_route("/goes", methods=["GET", "POST"])
    async def goes(request: Request) -> Response:
        return Response(await request.body())

    return app


@pytest.mark.parametrize("at_once", [1, 6])
@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("POST", b"a body")])
async def test_what_fails_fails_no_other_request(tmp_path: Path, method: str, body: bytes, at_once: int) -> None:
    """uvicorn closes the connection of what failed: nobody's next request may go over it."""
    path = tmp_path / "a.sock"
    serving = asyncio.create_task(serve_on_socket(an_api(), path))
    await until_it_holds(path.is_socket)
    async with the_whole_edge(tmp_path, httpx.AsyncHTTPTransport(uds=str(path))) as edge:

        async def in_turn() -> list[int]:
            targets = ["/fails", "/goes"] * 25
            return [(await ask(edge, method, target, body)).status for target in targets]

        answers = await asyncio.gather(*(in_turn() for _ in range(at_once)))
    await cancel(serving)

    assert answers == [[500, 200] * 25] * at_once
