"""The edge's web application: FastAPI, and the lanes beside it, for requests of a common shape.

request --> a lane, of the common shape --> answered (lane.py)
              all others: plain path, CORS, a bound on bodies --> routes
"""

from collections.abc import Collection
from typing import Any

from fastapi import Request, Response
from fastapi.routing import iter_route_contexts
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from producers.web.cors import NO_CORS, Cors, MethodsAt
from producers.web.held_bodies import HeldBodies, HeldBody
from producers.web.lane import Lane, Lanes
from producers.web.long_queries import TOO_MANY, TooManyParametersError, with_short_query
from producers.web.turns import Turns
from tilde.web.bodies import bounded
from tilde.web.failures import failure
from tilde.web.plain_app import PlainApp
from tilde.web.plain_paths import with_plain_path
from tilde.web.serving import answered

REQUEST_BYTES_MAX = 8 << 20  # whatever a route takes; each has a lower limit of its own


class EdgeApp(PlainApp):
    """FastAPI with `lanes`, which its connections look into first. Each stands beside a declared route. Its connections
    begin what they do in its `turns`.
    """

    def __init__(self, cors: Cors = NO_CORS, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.add_exception_handler(ClientDisconnect, _gone)
        self.lanes = Lanes()
        self.turns = Turns()
        self.bodies = HeldBodies(self.turns)
        self._cors = cors
        self.ask_methods: MethodsAt | None = None

    def add_lane(self, lane: Lane) -> None:
        """Serves a path through a lane first; its route has to be declared already, with the lane's methods."""
        routes = [route for route in iter_route_contexts(self.router.routes) if route.path == lane.path]
        declared = {method.encode() for route in routes for method in route.methods or ()}
        if missing := sorted(set(lane.methods) - declared):
            raise ValueError(f"{lane.path} has no declared route to leave a lane for: {missing}")
        self.lanes.add(lane)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        scope = with_plain_path(scope)
        try:
            scope = with_short_query(scope)
        except TooManyParametersError:
            return await failure(scope["path"], 414, TOO_MANY)(scope, receive, send)
        if await self._cors.answers(scope, send, self.methods_of):
            return None
        return await self._routed(scope, receive, self._cors.sending_headers(scope, send))

    async def methods_of(self, scope: Scope) -> Collection[str] | None:
        """The methods of a path, of the edge's own and of what stands behind it, where `ask_methods` is set."""
        return await (self.ask_methods or super().methods_of)(scope)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = HeldBody(self.bodies, bounded(scope, receive, REQUEST_BYTES_MAX), scope)
        try:
            await answered(super().__call__, scope, body.receive, send)
        finally:
            body.close()


async def _gone(request: Request, error: Exception) -> Response:
    """A client that left in the middle of its body: no error of ours, and nobody is left to be told."""
    return Response(status_code=400)
