"""The routes of whatever is made, changed and deleted one at a time: metrics, profiles, users."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from fastapi import APIRouter, Response

from tilde.dialects.statsmix.documented import ANSWERS, in_form, in_query
from tilde.dialects.statsmix.record import ENDS, V2

Endpoint = Callable[..., Awaitable[Response]]


class Calls(Protocol):
    """What the three routes of a resource do."""

    @property
    def create(self) -> Endpoint: ...

    @property
    def change(self) -> Endpoint: ...

    @property
    def delete(self) -> Endpoint: ...


def resource_router(
    many: str, one: str, noun: str, calls: Calls, taken: Sequence[str], needed: str, *, is_deleted: bool = True
) -> APIRouter:
    """`many` is the path of all, `metrics`, `one` the end of one's, `{id_}`, and `noun` what one is called, `a metric`.
    `taken` are the parameters that say what it is, of which its making needs one. A client that cannot PUT may POST.
    Where one is never deleted that is answered, and not documented.
    """
    made, changed = in_form(*taken, needs=[needed]), in_form(*taken)
    routes = APIRouter(tags=["StatsMix"], responses=ANSWERS)
    post, put, delete = (partial(routes.add_api_route, methods=[method]) for method in ("POST", "PUT", "DELETE"))
    for end in ENDS:
        path = f"{V2}/{many}{end}"
        is_shown = not end
        post(path, calls.create, include_in_schema=is_shown, summary=f"Make {noun}", openapi_extra=made)
    path = f"{V2}/{many}/{one}"
    put(path, calls.change, summary=f"Change {noun}", openapi_extra=changed)
    post(path, calls.change, include_in_schema=False)
    delete(path, calls.delete, include_in_schema=is_deleted, summary=f"Delete {noun}", openapi_extra=in_query("format"))
    return routes
