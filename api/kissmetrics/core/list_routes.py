"""What the routes of a noun of the Core API have in common: all that a token reaches, those of a product, one by its
UUID.
"""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.wire.answers import Resource
from api.kissmetrics.wire.callers import ApiCallers, Caller, Uuid, scheme
from api.kissmetrics.wire.paging import OF_LIST
from tilde.dialects.kissmetrics import CORE
from tilde.domain.catalog.state import Product


class Listed(Protocol):
    """What products have of a noun, such as events."""

    @property
    def path(self) -> str:
        """What stands in paths, and is many of them in words: `events`."""
        ...

    @property
    def one(self) -> str:
        """One of them in words: `event`."""
        ...

    @property
    def order(self) -> str:
        """In which order lists have them, as the documentation says it."""
        ...

    async def page(self, caller: Caller, products: Sequence[Product]) -> tuple[int, Sequence[Resource]]:
        """How many these products have, and those of the page that is asked for, with their links."""
        ...

    async def found(self, caller: Caller, uuid: Uuid) -> Resource:
        """The one of a UUID, without links. Raises RefusedError where the token reaches none."""
        ...


def router(callers: ApiCallers, listed: Listed) -> APIRouter:
    """The routes."""
    calls = _ListCalls(callers, listed)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    for path, call, whose in (
        (f"{CORE}/{listed.path}", calls.listed, "that the token reaches"),
        (f"{CORE}/products/{{uuid}}/{listed.path}", calls.of_product, "of a product"),
    ):
        summary = f"All {listed.path} {whose}"
        routes.add_api_route(path, call, summary=summary, description=listed.order, dependencies=OF_LIST)
    routes.add_api_route(f"{CORE}/{listed.path}/{{uuid}}", calls.one, summary=f"One {listed.one}")
    return routes


class _ListCalls:
    """What each route does."""

    def __init__(self, callers: ApiCallers, listed: Listed) -> None:
        self._callers = callers
        self._listed = listed

    async def listed(self, request: Request) -> Response:
        return await self._callers.listed(request, f"/{self._listed.path}", self._all)

    async def of_product(self, request: Request, uuid: Uuid) -> Response:
        path = f"/products/{uuid}/{self._listed.path}"
        return await self._callers.listed(request, path, partial(self._of_product, uuid))

    async def one(self, request: Request, uuid: Uuid) -> Response:
        """By its UUID."""
        return await self._callers.reply(request, await self._listed.found(await self._callers.caller(request), uuid))

    async def _all(self, caller: Caller) -> tuple[int, Sequence[Resource]]:
        return await self._listed.page(caller, self._callers.products(caller))

    async def _of_product(self, uuid: Uuid, caller: Caller) -> tuple[int, Sequence[Resource]]:
        return await self._listed.page(caller, [self._callers.product(caller, uuid)])
