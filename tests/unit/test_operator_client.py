"""What the command line says of an answer that is an error: in words for whoever typed the command."""

from typing import Any

import httpx
import pytest

from run.process.operator_client import HttpOperator, checked
from run.process.typed_paths import typed_account_path
from tilde.errors import TildeError

ASKED = "http://stats.example.com"


def told(status: int, **content: Any) -> str:
    request = httpx.Request("GET", f"{ASKED}/tilde/v1/accounts/shop/stats?after=")
    with pytest.raises(TildeError) as error:
        checked(httpx.Response(status, request=request, **content), ASKED)
    return str(error.value)


def test_a_server_that_is_no_tilde_is_told() -> None:
    """A bare `Not Found` says neither what was not found nor that the URL is wrong."""
    said = f"{ASKED} knows no /tilde/v1/accounts/shop/stats: it is no Tilde, or one of another release"

    assert told(404, json={"detail": "Not Found"}) == said
    assert told(404, json={"detail": "no account is named 'shop'"}) == "no account is named 'shop'"
    assert told(502, text="<h1>Bad") == f"{ASKED} answers HTTP 502, and not as a Tilde does: <h1>Bad"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("body.email must be at most 254 characters long", "email must be at most 254 characters long"),
        (
            "query.limit must be at least 1; body.keys.ezkey is missing",
            "limit must be at least 1; keys.ezkey is missing",
        ),
        ([{"type": "missing", "loc": ["body", "name"], "msg": "Field required"}], "name is missing"),
        ([{"type": "json_invalid", "loc": ["body", 0], "msg": "", "ctx": {}}], "the body must be JSON"),
    ],
)
def test_what_is_wrong_with_a_call_is_told_without_its_places(detail: Any, said: str) -> None:
    """Who types a command knows of no body and no query."""
    assert told(422, json={"detail": detail}).startswith(said)


@pytest.mark.parametrize("name", ["a/b", ".", ".."])
def test_what_no_path_can_have_is_nobodys_name(name: str) -> None:
    """Its path would be another one's, and the answer of no use."""
    with pytest.raises(TildeError, match="is no account's name and no id"):
        typed_account_path(name)


@pytest.mark.parametrize(
    ("url", "cause", "guess"),
    [
        (
            "https://x",
            httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong"),
            r"wrong \(is it http that is spoken there\?\)",
        ),
        (
            "http://x",
            httpx.RemoteProtocolError("Server disconnected"),
            r"disconnected \(is it https that is spoken there\?\)",
        ),
        ("http://x", httpx.ConnectError("refused"), "refused$"),
    ],
)
def test_a_wrong_scheme_is_guessed(url: str, cause: Exception, guess: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither side of a port with TLS says what is wrong where the other one speaks without, or the other way round."""

    def refuse(*_: object, **__: object) -> httpx.Response:
        raise cause

    monkeypatch.setattr(httpx.Client, "send", refuse)

    with pytest.raises(TildeError, match=guess):
        HttpOperator(url, "token").accounts()
