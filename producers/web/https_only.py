"""Where some things are answered over https alone: who asks for one by http is sent there, and what he has shown on the
way is taken for known to others.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from producers.edge.command_desk import CommandRefusedError
from producers.web.clients import client_of
from producers.web.long_queries import whole_query
from producers.web.targets import percent_encoded
from tilde.eventlog import LogError
from tilde.keys.authorization import token_in
from tilde.runtime.telling import tell
from tilde.web.failures import failure

NoteExposed = Callable[[str], Awaitable[str | None]]
"""Keeps in the log that a token was exposed; says whose it is, None where there is nothing new. Raises
CommandRefusedError, LogError, TimeoutError where that cannot be kept.
"""


class HttpsOnly:
    """Nobody is sent anywhere unless the operator says that users reach this Tilde by https."""

    def __init__(self, public_url: str | None, note_exposed: NoteExposed) -> None:
        is_https = public_url is not None and public_url.startswith("https://")
        self._home = public_url.rstrip("/") if public_url is not None and is_https else None
        self._note_exposed = note_exposed
        self._noting: set[str] = set()

    async def moved(self, request: Request) -> Response | None:
        """The answer 301 to the same path and query over https; None where the request came so."""
        if self._home is None or client_of(request.scope).is_https:
            return None
        token = token_in(request.headers.get("authorization", ""))
        if token and token not in self._noting:  # a client that goes on so asks for one entry, not for hundreds
            self._noting.add(token)
            try:
                await self._tell_exposed(token)
            finally:
                self._noting.discard(token)
        path, query = request.scope["path"], whole_query(request.scope)
        raw = request.scope.get("raw_path") or quote(path).encode()
        target = percent_encoded(raw + (b"?" + query if query else b"")).decode()
        message = "this is answered over https alone"
        return failure(path, 301, message, {"location": f"{self._home}{target}"})

    async def _tell_exposed(self, token: str) -> None:
        try:
            whose = await self._note_exposed(token)
        except (CommandRefusedError, LogError, TimeoutError) as cause:  # the next request says it again
            tell("edge", f"an access token came by http, and the log could not be told so: {cause}")
            return
        if whose is not None:
            tell("edge", f"{whose} came by http, so others may have read it: make another one")
