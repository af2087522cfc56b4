"""Where users reach this Tilde: urls in answers begin with what the operator says, whatever a client's Host is."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from producers.web.query_api import QueryApi
from producers.web.reached import reached

PUBLIC = "https://stats.example.com/"


class Nothing(httpx.AsyncByteStream):
    """The body of an answer that has none."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


class Behind(httpx.AsyncBaseTransport):
    """A query API that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, stream=Nothing())


async def no_body() -> Message:
    return {"type": "http.request"}


def a_request(**more: str) -> Request:
    headers = [(b"host", b" api.statsmix.com "), (b"x-forwarded-host", b"evil.example")]
    return Request(
        {"type": "http", "method": "GET", "path": "/d/x", "query_string": b"", "headers": headers, **more},
        receive=no_body,
    )


@pytest.mark.parametrize(
    ("public_url", "scheme", "url"),
    [
        (PUBLIC, "http", "https://stats.example.com"),
        ("http://10.0.0.1:8000", "https", "http://10.0.0.1:8000"),
        (None, "https", "https://api.statsmix.com"),
    ],
)
def test_what_the_operator_says_counts_before_what_a_client_wrote(
    public_url: str | None, scheme: str, url: str
) -> None:
    """A client that was moved by a name in its hosts file writes a name that nobody else can follow."""
    assert reached(a_request(scheme=scheme), public_url).url == url


def test_a_server_may_leave_the_scheme_out() -> None:
    assert reached(a_request(), None).url == "http://api.statsmix.com"


@pytest.mark.parametrize(
    ("public_url", "told"),
    [(PUBLIC, ("https", "stats.example.com")), (None, ("http", "api.statsmix.com"))],
)
async def test_the_query_api_is_told_that_and_nothing_that_a_client_says_of_it(
    public_url: str | None, told: tuple[str, str]
) -> None:
    behind = Behind()
    api = QueryApi(behind, public_url=public_url)
    passed_on = await api.pass_on(a_request(scheme="http"))

    async def stays() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(_: object) -> None:
        return None

    await passed_on({"type": "http", "path": "/d/x"}, stays, send)
    await api.close()

    (sent,) = behind.asked
    assert (sent.headers["x-forwarded-proto"], sent.headers["x-forwarded-host"]) == told
