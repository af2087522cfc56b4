"""The routes of whatever is made, changed and deleted one at a time: metrics, profiles, users."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import APIRouter, Response

from tilde.dialects.statsmix.record import ENDS, V2

Endpoint = Callable[..., Awaitable[Response]]


class Calls(Protocol):
    """What its three routes do."""

    @property
    def create(self) -> Endpoint: ...

    @property
    def change(self) -> Endpoint: ...

    @property
    def delete(self) -> Endpoint: ...


def resource_router(many: str, one: str, noun: str, calls: Calls, *, is_deleted: bool = True) -> APIRouter:
    """`many` is the path of all, `metrics`, `one` the end of one's, `{id_}`, and `noun` what one is called, `a metric`.
    A client that cannot PUT may POST. Where one is never deleted that is answered, and not documented.
    """
    routes = APIRouter(tags=["StatsMix"])
    for end in ENDS:
        path = f"{V2}/{many}{end}"
        routes.add_api_route(path, calls.create, methods=["POST"], include_in_schema=not end, summary=f"Make {noun}")
    path = f"{V2}/{many}/{one}"
    routes.add_api_route(path, calls.change, methods=["PUT"], summary=f"Change {noun}")
    routes.add_api_route(path, calls.change, methods=["POST"], include_in_schema=False)
    routes.add_api_route(path, calls.delete, methods=["DELETE"], include_in_schema=is_deleted, summary=f"Delete {noun}")
    return routes
