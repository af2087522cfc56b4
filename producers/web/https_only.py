"""Where some things are answered over https alone: who asks for one by http is sent there, and what he has shown on the
way is taken for known to others.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from urllib.parse import quote

import orjson
from fastapi import Request
from starlette.responses import Response

from producers.edge.command_desk import CommandRefusedError
from producers.web.bounded_bodies import BodyError, bounded_body
from producers.web.clients import client_of
from producers.web.long_queries import whole_query
from producers.web.passed_on import PASSED_ON_BYTES_MAX
from producers.web.targets import percent_encoded
from tilde.domain.texts import trimmed
from tilde.eventlog import LogError
from tilde.keys.authorization import token_in
from tilde.runtime.telling import tell
from tilde.web.failures import failure
from tilde.web.parameters import parse

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

    async def moved(self, request: Request, key_parameters: Collection[str] = ()) -> Response | None:
        """The answer 301 to the same path and query over https; None where the request came so. A token may also be
        sent as one of the parameters, in the query or in an object of JSON.
        """
        if self._home is None or client_of(request.scope).is_https:
            return None
        async for token in _shown(request, key_parameters):
            if token not in self._noting:  # a client that goes on so asks for one entry, not for hundreds
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


async def _shown(request: Request, parameters: Collection[str]) -> AsyncIterator[str]:
    """What may be a token of all that a request says, each once."""
    said: dict[str, None] = {token_in(request.headers.get("authorization", "")): None}
    query = parse(whole_query(request.scope))
    body = await _object_in(request) if parameters and request.method == "POST" else {}
    for name in parameters:
        for value in (query.get(name), body.get(name)):
            said[trimmed(value) if isinstance(value, str) else ""] = None
    for token in said:
        if token:
            yield token


async def _object_in(request: Request) -> dict[str, object]:
    """The object of a body; an empty one where it is none, or longer than any that would be answered over https."""
    with suppress(BodyError, orjson.JSONDecodeError):
        said = orjson.loads(await bounded_body(request, PASSED_ON_BYTES_MAX))
        if isinstance(said, dict):
            return said
    return {}
