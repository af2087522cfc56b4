"""What our routes do with a method that they do not declare: HEAD is GET without a body, and 405 says what there is."""

from collections.abc import Collection, Sequence

from fastapi import APIRouter
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Scope, Send

from tilde.web.failures import failure

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def head_as_get(routes: Sequence[BaseRoute], scope: Scope, send: Send) -> tuple[Scope, Send]:
    """How a request is routed. HEAD as GET, whose work ends with the head of its answer; but not where a route takes
    HEAD itself, as those do where GET counts something.
    """
    if scope["method"] != "HEAD" or not _is_a_read(routes, scope):
        return scope, send
    return {**scope, "method": "GET"}, _only_the_head(send)


def methods_at(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """The methods that a path knows. A word in one is nobody's id: what `/stats/{id}` takes, `/stats/find` does not."""
    there = [route for route in iter_route_contexts(routes) if route.matches(scope)[0] is not Match.NONE]
    there = [route for route in there if _ends_in_a_word(route)] or there
    taking = [route for route in there if route.endpoint is not refuse_method]
    known = [method for method in METHODS if any(_takes(route, scope, method) for route in taking)]
    if "GET" in known and not any(_takes(route, scope, "HEAD") for route in there):
        known.append("HEAD")
    return [method for method in METHODS if method in known]


def not_allowed(path: str, known: Collection[str]) -> Response:
    """The answer 405, with the methods that the path knows."""
    allow = ", ".join(method for method in METHODS if method in known)
    return failure(path, 405, "Method Not Allowed", {"allow": allow})


async def refuse_method() -> Response:
    """An endpoint for methods that a path has not, though a route behind it would take the path's last word for an
    id; or HEAD, where a GET counts something.
    """
    raise HTTPException(405)


def refuse(routes: APIRouter, methods: Sequence[str], *paths: str) -> None:
    """Adds paths that have not these methods. To be called before a route is added that would take them."""
    for path in paths:
        routes.add_api_route(path, refuse_method, methods=list(methods), include_in_schema=False)


def _ends_in_a_word(route: RouteContext) -> bool:
    return not (route.path or "}").endswith("}")


def _is_a_read(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    for route in routes:
        if _takes(route, scope, "HEAD"):
            return False
        if _takes(route, scope, "GET"):
            return True
    return False


def _takes(route: BaseRoute | RouteContext, scope: Scope, method: str) -> bool:
    return bool(route.matches({**scope, "method": method})[0] is Match.FULL)


def _only_the_head(send: Send) -> Send:
    """Ends the answer behind its head: who then looks at his client finds it gone, and does no more work."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sent
