"""What is answered over https alone, where the operator says that users come by https: who comes by http is sent there,
and his token is told as known to others, once.
"""

import asyncio
from typing import Any

import pytest
from fastapi import Request

from producers.edge.command_desk import CommandRefusedError
from producers.web.https_only import HttpsOnly
from tilde.domain.catalog.refusals import Refusal
from tilde.eventlog import LogError

PUBLIC = "https://stats.example/"
PIECE_BYTES = 64 << 10


class Log:
    """Remembers which tokens it was told; the first of a token is news."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.told: list[str] = []
        self._fault = fault

    async def note(self, token: str) -> str | None:
        self.told.append(token)
        await asyncio.sleep(0)
        if self._fault is not None:
            raise self._fault
        return f"token of {token}" if self.told.count(token) == 1 else None


def a_request(path: bytes = b"/core", query: bytes = b"", scheme: str = "http", **headers: str) -> Request:
    told = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "scheme": scheme, "path": path.decode("latin-1")}
    return Request({**scope, "raw_path": path, "query_string": query, "headers": told})


@pytest.mark.parametrize(
    ("path", "query", "location"),
    [
        (b"/core", b"", "https://stats.example/core"),
        (b"/core/events", b"limit=1&offset=20", "https://stats.example/core/events?limit=1&offset=20"),
        (b"/core/a%2Fb", b"x=%C3%BC&y=\xfc", "https://stats.example/core/a%2Fb?x=%C3%BC&y=%FC"),
    ],
)
async def test_who_comes_by_http_is_sent_to_the_same_over_https(path: bytes, query: bytes, location: str) -> None:
    """Whatever host he named: that is no way to send him elsewhere."""
    answer = await HttpsOnly(PUBLIC, Log().note).moved(a_request(path, query, host="evil.example"))

    assert answer is not None
    assert (answer.status_code, answer.headers["location"]) == (301, location)
    assert bytes(answer.body) == (
        b'{"message":"this is answered over https alone","error":"Moved Permanently","status":301}'
    )


@pytest.mark.parametrize(
    ("public_url", "scheme"), [(PUBLIC, "https"), (None, "http"), ("http://stats.example", "http")]
)
async def test_nobody_else_is_sent_anywhere(public_url: str | None, scheme: str) -> None:
    log = Log()
    request = a_request(scheme=scheme, authorization="Bearer secret")

    assert await HttpsOnly(public_url, log.note).moved(request) is None
    assert log.told == []


async def test_a_token_that_came_by_http_is_told_once_and_without_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Also one without its scheme. A client that asks a hundred times at once has the log told once."""
    log = Log()
    https_only = HttpsOnly(PUBLIC, log.note)
    for header in ("Bearer secret", "secret"):
        await asyncio.gather(*(https_only.moved(a_request(authorization=header)) for _ in range(100)))

    assert log.told == ["secret", "secret"]
    told = capsys.readouterr().err
    assert told == "tilde edge: token of secret came by http, so others may have read it: make another one\n"
    await https_only.moved(a_request())
    assert len(log.told) == 2


@pytest.mark.parametrize(
    ("method", "query", "body", "shown"),
    [
        ("GET", b"limit=1&api_key=secret", b"", ["secret"]),
        ("POST", b"api_key=%73ecret+", b"", ["secret"]),
        ("POST", b"", b'{"api_key":" secret ","report":{}}', ["secret"]),
        ("POST", b"api_key=one", b'{"api_key":"two"}', ["one", "two"]),
        ("POST", b"", b'{"api_key":5}', []),
        ("POST", b"", b"[]", []),
        ("POST", b"", b"api_key", []),
        ("POST", b"", b'{"api_key":"secret"' + b" " * ((1 << 20) - 20) + b"}", ["secret"]),
        ("POST", b"", b'{"api_key":"secret"' + b" " * (1 << 20) + b"}", []),
        ("GET", b"other=secret", b"", []),
    ],
)
async def test_a_token_is_shown_as_a_parameter_too(method: str, query: bytes, body: bytes, shown: list[str]) -> None:
    """As the first clients of queries send it: in the address, or in a body of which some would be answered over https.
    Whatever else came, he is sent on.
    """
    log = Log()
    request = a_request(b"/v1/reports/1/run", query)
    request.scope["method"] = method
    request = Request(request.scope, pieces_of(body))
    answer = await HttpsOnly(PUBLIC, log.note).moved(request, ("_k", "api_key"))

    assert log.told == shown
    assert answer is not None
    assert answer.status_code == 301


async def test_all_tokens_of_a_request_are_shown() -> None:
    log = Log()
    request = a_request(query=b"api_key=other", authorization="Bearer secret")
    await HttpsOnly(PUBLIC, log.note).moved(request, ("api_key",))

    assert log.told == ["secret", "other"]


def pieces_of(body: bytes) -> Any:
    """What is received of a request with this body."""
    pieces = [body[begin : begin + PIECE_BYTES] for begin in range(0, len(body), PIECE_BYTES)] or [b""]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    return receive


@pytest.mark.parametrize(
    "fault", [LogError("the log is away"), TimeoutError("no answer"), CommandRefusedError(Refusal.UNKNOWN_TOKEN)]
)
async def test_he_is_sent_there_also_where_the_log_cannot_be_told(
    fault: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log(fault)
    answer = await HttpsOnly(PUBLIC, log.note).moved(a_request(authorization="Bearer secret"))

    assert answer is not None
    assert answer.status_code == 301
    told = capsys.readouterr().err
    assert told.startswith("tilde edge: an access token came by http, and the log could not be told so: ")
    assert "secret" not in told
