"""`/KEY.js`, `/KEY.1.js`, `/KEY.2.js` and `/i.js`: the library, as its pages of all years load it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from producers.kissmetrics.script import Scripts
from tilde.dialects.dialect import KINDS
from tilde.dialects.kissmetrics import KEY_SCRIPTS, PERSON_SCRIPT
from tilde.web.documented import told_as

Key = Annotated[str, Path(pattern=f"^{KINDS['hex40']}$")]
FindProduct = Callable[[str], Awaitable[object | None]]
"""The product whose key it is; None where nobody has it. Raises LogError."""


def router(scripts: Scripts, find: FindProduct) -> APIRouter:
    """The routes."""
    calls = _ScriptCalls(scripts, find)
    routes = APIRouter(tags=["Kissmetrics"])
    get = partial(routes.add_api_route, methods=["GET"], response_class=Response, responses=told_as("text/javascript"))
    get(PERSON_SCRIPT, calls.person, summary="A script without a word")
    for path in KEY_SCRIPTS:
        get(path, calls.library, operation_id=f"GET {path}", summary="The library for web pages")
    return routes


class _ScriptCalls:
    """What each route does. Who asks is nobody: a file says nothing that is not in the page."""

    def __init__(self, scripts: Scripts, find: FindProduct) -> None:
        self._scripts = scripts
        self._find = find

    async def person(self, request: Request) -> Response:
        """Old pages load it beside the library."""
        return self._scripts.nobody.answer(request.headers)

    async def library(self, request: Request, tracking_key: Key) -> Response:
        """A page loads it by its product's tracking key, and says what happens to `_kmq`. 403: nobody has that key, and
        nothing is sent.
        """
        if await self._find(tracking_key) is None:
            raise HTTPException(403, "no product has this key")
        return self._scripts.of(tracking_key).answer(request.headers)
