"""The operator's commands, over HTTP to a Tilde that runs. `offline.py` does the same in a folder where none runs."""

from typing import Any
from urllib.parse import quote

import httpx

from tilde.errors import TildeError

TIMEOUT_S = (
    90.0  # SQL may take 60 s in the store, and the edge waits 75 s: whoever is nearer gives up first, and says why
)


class HttpOperator:
    """Calls /tilde/v1 with the operator token. Raises TildeError with what the answer says."""

    def __init__(self, url: str, token: str, *, is_own: bool = False) -> None:
        """Raises TildeError for a URL or a token that cannot be one.

        `is_own` says that the URL is this machine's own port, as Tilde itself wrote it: its certificate is for another
        name, and is not verified.
        """
        if not url.startswith(("http://", "https://")):
            raise TildeError(f"--url is {url!r}, and must begin with http:// or https://")
        if not (token.isascii() and token.isprintable()):
            raise TildeError("the operator token has a character that no header can have")
        self._client = httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            verify=not is_own,
        )

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of one call."""
        return self._answer(method, path, body).json()

    def text(self, method: str, path: str, body: dict[str, Any] | None = None) -> str:
        """The answer of one call, as it is printed."""
        return self._answer(method, path, body).text

    def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            return checked(self._client.request(method, path, json=body))
        except httpx.TransportError as cause:
            raise TildeError(f"{self._client.base_url} does not answer: {cause}") from None

    def accounts(self) -> list[dict[str, Any]]:
        """Every account."""
        return list(self.call("GET", "/tilde/v1/accounts"))

    def create_account(self, body: dict[str, Any]) -> dict[str, Any]:
        """Creates an account; its token is in the answer for the only time."""
        return dict(self.call("POST", "/tilde/v1/accounts", body))


def account_path(name: str, *rest: str) -> str:
    """The path of an account, or of something below it. Raises TildeError for a name or an id that is empty."""
    if "" in (name, *rest):
        raise TildeError("a name or an id is empty")
    return "/".join(["/tilde/v1/accounts", *(quote(part, safe="") for part in (name, *rest))])


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer itself. Raises TildeError with its detail where it is an error."""
    if not answer.is_success:
        raise TildeError(_detail(answer))
    return answer


def _detail(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        return str(body["detail"] if "detail" in body else body["msg"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}: {answer.text[:200]}"
