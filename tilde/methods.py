"""What our routes do with a method that they do not declare: HEAD is GET without a body, and 405 says what there is."""

from collections.abc import Collection, Sequence

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Scope, Send

from tilde.wording import member_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def head_as_get(routes: Sequence[BaseRoute], scope: Scope, send: Send) -> tuple[Scope, Send]:
    """How a request is routed. HEAD as GET, whose work ends with the head of its answer; but not where a route takes
    HEAD itself, as those do where GET counts something.
    """
    if scope["method"] != "HEAD" or not _is_a_read(routes, scope):
        return scope, send
    return {**scope, "method": "GET"}, _only_the_head(send)


def methods_at(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """Those that a path knows."""
    known = [method for method in METHODS if any(_takes(route, scope, method) for route in routes)]
    return [method for method in METHODS if method in known or (method == "HEAD" and "GET" in known)]


def not_allowed(path: str, known: Collection[str]) -> Response:
    """405, with the methods that the path knows."""
    allow = ", ".join(method for method in METHODS if method in known)
    return JSONResponse({member_of(path): "Method Not Allowed"}, 405, {"allow": allow})


def _is_a_read(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    for route in routes:
        if _takes(route, scope, "HEAD"):
            return False
        if _takes(route, scope, "GET"):
            return True
    return False


def _takes(route: BaseRoute, scope: Scope, method: str) -> bool:
    return route.matches({**scope, "method": method})[0] is Match.FULL


def _only_the_head(send: Send) -> Send:
    """Ends the answer behind its head: who then looks at his client finds it gone, and does no more work."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sent
