"""What run/cli/operators.py promises of an Operator: over HTTP, in this process where no Tilde runs, and the fake that
tests of the command line use. All stand before the same answers.
"""

import asyncio
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from run.cli.operators import Operator
from run.process.in_process import InProcess
from run.process.operator_client import AnswerCutOffError, HttpOperator
from run.roles.offline import OfflineOperator
from testkit.operators import AnsweringOperator, Asked
from testkit.waiting import PATIENCE_S, until
from tilde.errors import TildeError
from tilde.runtime.tasks import cancel
from tilde.web.http_clients import open_async_client

REFUSED = "no account is named 'x'"
PIECES = [b"row %d\n" % row * 1000 for row in range(20)]


class Tilde:
    """An application that answers each path in its way; `gone` counts who left an answer that has no end."""

    def __init__(self) -> None:
        self.gone = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/nobody":
            return  # and no answer
        request = await _body(receive)
        if path == "/echo":
            echo = [scope["method"], scope["query_string"].decode(), orjson.loads(request or b"null")]
            await _say(send, 200, orjson.dumps(echo))
        elif path == "/refused":
            await _say(send, 404, orjson.dumps({"detail": REFUSED}))
        elif path == "/page":
            await _say(send, 200, b"<h1>It works</h1>")
        elif path in {"/rows", "/cut-off"}:
            await _rows(send, is_cut=path == "/cut-off")
        elif path == "/for-ever":
            await self._for_ever(receive, send)
        else:
            await _say(send, 404, b'{"detail": "Not Found"}')

    async def _for_ever(self, receive: Receive, send: Send) -> None:
        """Until nobody listens: a server says so, or ends this in the middle."""
        leaves = asyncio.ensure_future(receive())
        try:
            await send(_head(200))
            while not leaves.done():
                await send({"type": "http.response.body", "body": PIECES[0], "more_body": True})
                await asyncio.sleep(0)
        finally:
            self.gone += 1
            await cancel(leaves)


def _head(status: int) -> Message:
    return {"type": "http.response.start", "status": status, "headers": []}


async def _rows(send: Send, *, is_cut: bool) -> None:
    await send(_head(200))
    for piece in PIECES:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if not is_cut:
        await send({"type": "http.response.body", "body": b""})


async def _body(receive: Receive) -> bytes:
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    return body + bytes(message["body"])


async def _say(send: Send, status: int, body: bytes) -> None:
    await send(_head(status))
    await send({"type": "http.response.body", "body": body})


@contextmanager
def over_http(tilde: Tilde) -> Iterator[Operator]:
    server = uvicorn.Server(uvicorn.Config(tilde, interface="asgi3", lifespan="off", log_level="critical"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()
        try:
            with closing(HttpOperator(f"http://127.0.0.1:{listening.getsockname()[1]}", "the operator's")) as operator:
                yield operator
        finally:
            server.should_exit = True
            serving.join()


@contextmanager
def in_this_process(tilde: Tilde) -> Iterator[Operator]:
    with asyncio.Runner() as runner:
        background = runner.get_loop().create_task(asyncio.Event().wait())
        client = open_async_client(InProcess(tilde), base_url="http://offline")
        try:
            yield OfflineOperator(runner, client, background)  # type: ignore[arg-type] # it never ends
        finally:
            runner.run(client.aclose())
            runner.run(cancel(background))


@contextmanager
def fake(tilde: Tilde) -> Iterator[Operator]:
    def answer(asked: Asked) -> Iterable[bytes]:
        path, _, query = asked.path.partition("?")
        if path == "/echo":
            yield orjson.dumps([asked.method, query, asked.body])
        elif path == "/page":
            yield b"<h1>It works</h1>"
        elif path in {"/rows", "/cut-off"}:
            yield from PIECES
            if path == "/cut-off":
                raise AnswerCutOffError("there was no end")
        elif path == "/for-ever":
            yield from _for_ever(tilde)
        else:
            raise TildeError(REFUSED if path == "/refused" else f"it knows no {path}")

    yield AnsweringOperator(answer)


def _for_ever(tilde: Tilde) -> Iterator[bytes]:
    try:
        while True:
            yield from PIECES
    finally:
        tilde.gone += 1


@pytest.fixture
def tilde() -> Tilde:
    return Tilde()


@pytest.fixture(params=[over_http, in_this_process, fake], ids=["http", "offline", "fake"])
def operator(request: pytest.FixtureRequest, tilde: Tilde) -> Iterator[Operator]:
    with request.param(tilde) as operator:
        yield operator


@pytest.mark.parametrize(
    ("method", "path", "body", "answer"),
    [
        ("GET", "/echo?after=a%20b", None, ["GET", "after=a%20b", None]),
        ("POST", "/echo", {"name": "größer", "keys": {}}, ["POST", "", {"name": "größer", "keys": {}}]),
        ("DELETE", "/echo", None, ["DELETE", "", None]),
    ],
)
def test_a_call_is_answered_by_its_json(
    operator: Operator, method: str, path: str, body: dict[str, Any] | None, answer: list[Any]
) -> None:
    """Method, query and body arrive as they are said."""
    assert operator.call(method, path, body) == answer


def test_the_pieces_of_an_answer_are_all_of_it_and_in_order(operator: Operator) -> None:
    assert b"".join(operator.pieces("POST", "/rows", {"query": "SELECT 1"})) == b"".join(PIECES)


def test_what_a_call_is_refused_for_is_told_in_the_words_of_its_answer(operator: Operator) -> None:
    """And nothing has come before that, where pieces are asked for."""
    with pytest.raises(TildeError, match=f"^{REFUSED}$"):
        operator.call("GET", "/refused")
    with pytest.raises(TildeError, match=f"^{REFUSED}$"):
        next(operator.pieces("GET", "/refused"))


@pytest.mark.parametrize("path", ["/page", "/no-such-path", "/nobody"])
def test_whatever_else_goes_wrong_with_a_call_is_a_tilde_error_in_words(operator: Operator, path: str) -> None:
    """An answer that is no JSON, a path that is none of Tilde's, no answer at all: the command line prints the text."""
    with pytest.raises(TildeError, match=r"\w+ \w+"):
        operator.call("GET", path)


def test_pieces_of_which_there_are_none_are_a_tilde_error(operator: Operator) -> None:
    with pytest.raises(TildeError, match=r"\w+ \w+"):
        next(operator.pieces("GET", "/nobody"))


def test_an_answer_that_has_no_end_is_said_to_be_cut_off(operator: Operator) -> None:
    """All that came before is there; who wants it whole gets none of it."""
    came: list[bytes] = []
    with pytest.raises(AnswerCutOffError):
        came.extend(operator.pieces("GET", "/cut-off"))

    assert b"".join(came) == b"".join(PIECES)
    with pytest.raises(AnswerCutOffError):
        operator.call("GET", "/cut-off")


def test_who_wants_no_more_of_an_answer_ends_it(operator: Operator, tilde: Tilde) -> None:
    """It has no end by itself. Then the next call is answered as any."""
    pieces = operator.pieces("GET", "/for-ever")
    assert next(pieces).startswith(b"row 0\n")

    pieces.close()

    until(lambda: tilde.gone == 1, PATIENCE_S, lambda: "it goes on")
    assert operator.call("GET", "/echo") == ["GET", "", None]
