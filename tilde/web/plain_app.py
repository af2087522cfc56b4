"""What our web applications have in common: they take requests as clients write them, and answer in one way, in the
form of the dialect that was spoken.
"""

from collections.abc import Collection
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from tilde.web.documented import FAILURES, tell_failures
from tilde.web.failures import failure
from tilde.web.methods import head_as_get, methods_at, not_allowed
from tilde.web.path_kinds import know_kinds
from tilde.web.plain_paths import with_plain_path


class PlainApp(FastAPI):
    """FastAPI with plain paths, HEAD as GET, and a 405 that says which methods there are. It redirects nobody."""

    def __init__(self, **parameters: Any) -> None:
        know_kinds()
        super().__init__(redirect_slashes=False, responses=FAILURES, **parameters)
        self.add_exception_handler(HTTPException, _told_in_its_form)
        self.add_exception_handler(405, self._other_method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope, send = head_as_get(self.router.routes, with_plain_path(scope), send)
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The document, with failures as the dialects tell them."""
        if self.openapi_schema is None:
            tell_failures(super().openapi(), self._written())
        return super().openapi()

    def _written(self) -> dict[str, str]:
        """Each path as its route has it, by how the document writes it."""
        routes = iter_route_contexts(self.router.routes)
        return {route.path_format: route.path for route in routes if route.path and route.path_format}

    async def methods_of(self, scope: Scope) -> Collection[str] | None:
        """The methods that a path knows; None where nobody can tell at the moment."""
        return methods_at(self.router.routes, scope)

    async def _other_method(self, request: Request, error: Exception) -> Response:
        """Where several routes share a path, FastAPI tells of the first one's."""
        return not_allowed(request.scope["path"], await self.methods_of(request.scope) or ())


async def _told_in_its_form(request: Request, error: Exception) -> Response:
    """Also what no route raised: that there is none is 404 in the path's form."""
    assert isinstance(error, HTTPException)
    return failure(request.scope["path"], error.status_code, str(error.detail), error.headers)
