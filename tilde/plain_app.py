"""What our web applications have in common: they take requests as clients write them, and answer in one way."""

from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from tilde.methods import head_as_get, methods_at, not_allowed
from tilde.plain_paths import with_plain_path


class PlainApp(FastAPI):
    """FastAPI with plain paths, HEAD as GET, and a 405 that says which methods there are. It redirects nobody."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(redirect_slashes=False, **parameters)
        self.add_exception_handler(405, self._other_method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope, send = head_as_get(self.router.routes, with_plain_path(scope), send)
        await super().__call__(scope, receive, send)

    def methods_at(self, scope: Scope) -> list[str]:
        """Those that a path knows."""
        return methods_at(self.router.routes, scope)

    async def _other_method(self, request: Request, error: Exception) -> Response:
        """Where several routes share a path, FastAPI tells of the first one's."""
        return not_allowed(request.scope["path"], self.methods_at(request.scope))
