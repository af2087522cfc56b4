"""The routes of whatever is listed, and shown one at a time: stats, metrics, profiles, users."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from fastapi import APIRouter, Response

from tilde.dialects.statsmix.documented import ANSWERS, in_query
from tilde.dialects.statsmix.record import ENDS, V2

Endpoint = Callable[..., Awaitable[Response]]


class Calls(Protocol):
    """What its two routes do."""

    @property
    def listed(self) -> Endpoint: ...

    @property
    def one(self) -> Endpoint: ...


_FORM_ALONE = in_query("format")


def list_router(
    many: str,
    one: str,
    nouns: tuple[str, str],
    calls: Calls,
    listed: Mapping[str, Any] = _FORM_ALONE,
    shown: Mapping[str, Any] = _FORM_ALONE,
) -> APIRouter:
    """`many` is the path of all, `metrics`, and `one` the end of one's, `{id_}`; `nouns` are what the documentation
    calls the two, `listed` and `shown` what it says that each takes.
    """
    routes = APIRouter(tags=["StatsMix"], responses=ANSWERS)
    add = routes.add_api_route
    for end in ENDS:
        is_shown = not end
        add(f"{V2}/{many}{end}", calls.listed, include_in_schema=is_shown, summary=nouns[0], openapi_extra=dict(listed))
    add(f"{V2}/{many}/{one}", calls.one, summary=nouns[1], openapi_extra=dict(shown))
    return routes
