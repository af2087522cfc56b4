"""Products of the Core API: every product of an account is one, a web site, too."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.core.account_routes import account_of, account_uuid
from api.kissmetrics.wire.answers import Link, Resource, link, with_offset
from api.kissmetrics.wire.callers import ApiCallers, Caller, Uuid, scheme
from api.kissmetrics.wire.paging import OF_LIST
from api.kissmetrics.wire.timezones import zone_shown
from tilde.dialects.kissmetrics import CORE
from tilde.domain.catalog.state import Catalog, Product


def shown(catalog: Catalog, product: Product, links: list[Link]) -> Resource:
    """A product as the API tells of it."""
    return {
        "links": links,
        "id": product.uuid,
        "account_id": account_uuid(catalog, product.account),
        "name": product.name,
        "url": f"http://{product.domain}" if product.domain else "",
        "status": "active",
        "environment": product.environment,
        "timezone": zone_shown(catalog.clock_of(product.id)),
        "created_at": with_offset(product.created_ms),
    }


def _links(catalog: Catalog, product: Product, base: str) -> list[Link]:
    url = f"{base}/products/{product.uuid}"
    return [
        link("self", "Self", url),
        link("account", "Account", f"{base}/accounts/{account_uuid(catalog, product.account)}"),
        link("reports", "Product Reports", f"{url}/reports"),
        link("events", "Product Events", f"{url}/events"),
        link("properties", "Product Properties", f"{url}/properties"),
        link("metrics", "Product Metrics", f"{url}/metrics"),
    ]


def router(callers: ApiCallers) -> APIRouter:
    """The routes."""
    calls = _ProductCalls(callers)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    listed = partial(routes.add_api_route, dependencies=OF_LIST)
    listed(f"{CORE}/products", calls.listed, summary="All products that the token reaches")
    listed(f"{CORE}/accounts/{{uuid}}/products", calls.of_account, summary="All products of an account")
    routes.add_api_route(f"{CORE}/products/{{uuid}}", calls.one, summary="One product")
    return routes


class _ProductCalls:
    """What each route does."""

    def __init__(self, callers: ApiCallers) -> None:
        self._callers = callers

    async def listed(self, request: Request) -> Response:
        """The oldest first."""
        return await self._callers.listed(request, "/products", self._listed)

    async def of_account(self, request: Request, uuid: Uuid) -> Response:
        """The oldest first."""
        return await self._callers.listed(request, f"/accounts/{uuid}/products", partial(self._of_account, uuid))

    async def _of_account(self, uuid: Uuid, caller: Caller) -> tuple[int, list[Resource]]:
        account = account_of(self._callers, caller, uuid)
        return self._page(caller, self._callers.products_of([account]))

    async def _listed(self, caller: Caller) -> tuple[int, list[Resource]]:
        return self._page(caller, self._callers.products(caller))

    def _page(self, caller: Caller, found: Sequence[Product]) -> tuple[int, list[Resource]]:
        catalog = self._callers.catalog
        page = caller.page_of(found)
        return len(found), [shown(catalog, product, _links(catalog, product, caller.base)) for product in page]

    async def one(self, request: Request, uuid: Uuid) -> Response:
        """By its UUID."""
        caller = await self._callers.caller(request)
        return await self._callers.reply(request, shown(self._callers.catalog, self._callers.product(caller, uuid), []))
