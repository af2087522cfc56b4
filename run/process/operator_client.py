"""The operator's commands, over HTTP to a Tilde that runs. `offline.py` does the same in a folder where none runs."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tilde import own_paths
from tilde.domain.texts import trimmed
from tilde.errors import TildeError
from tilde.runtime.urls import fault_of_url
from tilde.runtime.wording import complaint
from tilde.web.http_clients import DIRECT, NO_ANSWER, Way, open_client

TIMEOUT_S = (
    90.0  # SQL may take 60 s in the store, and the edge waits 75 s: whoever is nearer gives up first, and says why
)
_NO_ROUTE = "Not Found"
"""What a web server says where it knows no such path at all; of what a path stands for ours say what it is."""
_PLACES = re.compile(r"(^|; )(?:body|query|path)\.")


class AnswerCutOffError(TildeError):
    """An answer has begun well, and was cut off before its end."""


class HttpOperator:
    """Calls Tilde's own API with the operator token. Raises TildeError with what the answer says."""

    def __init__(self, url: str, token: str, *, is_own: bool = False, way: Way = DIRECT) -> None:
        """Raises TildeError for a URL or a token that cannot be one.

        `is_own` says that the URL is this machine's own port, as Tilde itself wrote it: its certificate is for another
        name, and is not verified.
        """
        self._shown = _without_password(url)
        if (fault := fault_of_url(self._shown, ("http", "https"))) is not None:
            raise TildeError(f"--url is {self._shown!r}, and {fault}")
        if self._shown != url:
            raise TildeError(
                f"--url is {self._shown!r} with a user and a password in it, which Tilde does not ask for: leave them"
                " out; --operator-token says who you are"
            )
        proxy = None if is_own else way.proxy
        self._asked = (
            url if proxy is None else f"{url}, through the proxy {_without_password(proxy)} (TILDE_HTTP_PROXY),"
        )
        token = trimmed(token)
        if not token:
            raise TildeError("the operator token is empty: is the variable set that it stands in?")
        if not (token.isascii() and token.isprintable()):
            raise TildeError("the operator token has a character that no header can have")
        headers = {"authorization": f"Bearer {token}"}
        try:
            self._client = open_client(url, is_own=is_own, way=way, headers=headers, timeout=TIMEOUT_S)
        except NO_ANSWER as cause:
            raise TildeError(f"--url is {self._shown!r}, and cannot be one: {cause}") from None

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of one call."""
        with self._begun(method, path, body) as answer:
            answer.read()
        return json_of(answer, self._asked)

    def pieces(self, method: str, path: str, body: dict[str, Any] | None = None) -> Generator[bytes, None, None]:
        """The answer of one call as it comes. Raises AnswerCutOffError where it has no end."""
        with self._begun(method, path, body) as answer:
            yield from answer.iter_bytes()

    @contextmanager
    def _begun(self, method: str, path: str, body: dict[str, Any] | None) -> Iterator[httpx.Response]:
        """An answer of which no more than the head is there, and that is no error."""
        try:
            answer = self._client.send(self._client.build_request(method, path, json=body), stream=True)
        except NO_ANSWER as cause:
            raise TildeError(f"{self._asked} does not answer: {cause}{_other_scheme(self._shown, cause)}") from None
        try:
            if not answer.is_success:
                answer.read()
            yield checked(answer, self._asked)
        except httpx.HTTPError as cause:
            raise AnswerCutOffError(f"{self._asked} began to answer, and there was no end: {cause}") from None
        finally:
            answer.close()

    def accounts(self) -> list[dict[str, Any]]:
        """All accounts, as the operator is shown them."""
        return list(self.call("GET", own_paths.ACCOUNTS))

    def create_account(self, body: dict[str, Any]) -> dict[str, Any]:
        """Creates an account; its token is in the answer for the only time."""
        return dict(self.call("POST", own_paths.ACCOUNTS, body))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


def _without_password(url: str) -> str:
    """The URL, to be told: some have a user and a password in it."""
    scheme, separator, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _other_scheme(url: str, cause: Exception) -> str:
    """A guess at what is wrong where a server has no answer at all to how it was spoken to."""
    if url.lower().startswith("https:"):
        return " (is it http that is spoken there?)" if "WRONG_VERSION_NUMBER" in str(cause) else ""
    return " (is it https that is spoken there?)" if isinstance(cause, httpx.RemoteProtocolError) else ""


def checked(answer: httpx.Response, asked: str = "it") -> httpx.Response:
    """The answer itself. Raises TildeError with its detail where it is an error; `asked` is who has answered."""
    if not answer.is_success:
        raise TildeError(_detail(answer, asked))
    return answer


def json_of(answer: httpx.Response, asked: str = "it") -> Any:
    """What a whole answer says. Raises TildeError where it is no JSON."""
    try:
        return answer.json()
    except ValueError:
        raise TildeError(f"{asked} answers with something else than JSON: is a Tilde there?") from None


def _detail(answer: httpx.Response, asked: str) -> str:
    """What an error says, in a line for whoever typed the command: he knows of no bodies and no queries."""
    try:
        body = answer.json()
        detail = body["detail"] if "detail" in body else body["msg"]
    except (ValueError, KeyError, TypeError):
        return f"{asked} answers HTTP {answer.status_code}, and not as a Tilde does: {answer.text[:200]}"
    if detail == _NO_ROUTE:
        return f"{asked} knows no {answer.request.url.path}: it is no Tilde, or one of another release"
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return _PLACES.sub(r"\1", complaint(detail) if isinstance(detail, list) else str(detail))
    return str(detail)
