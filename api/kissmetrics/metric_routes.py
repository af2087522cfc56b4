"""Metrics of the Core API: every stat in sight is one, whichever dialect's post made it."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.answers import Link, Resource, link, with_offset
from api.kissmetrics.desk import NOT_FOUND, Asked, Desk, Envelope, Limit, Offset, Uuid, scheme, uuid_in
from api.reads.settling import Settling
from api.reads.stat import Stat
from api.reads.stat_list import StatList
from api.web.refused import RefusedError
from tilde.dialects.kissmetrics import CORE
from tilde.domain.catalog.definition_records import MetricDefinition
from tilde.domain.catalog.state import Catalog, Product
from tilde.schemas.topics import OF_POINTS


def shown(catalog: Catalog, stat: Stat, links: list[Link]) -> Resource:
    """A metric as the API tells of it: as its owner calls and shows it. It is pending until its first value."""
    said = catalog.definitions_of(stat.product).metrics.get(stat.metric, MetricDefinition())
    changed_ms = catalog.stat(stat.product, stat.metric).changed_ms or 0
    return {
        "links": links,
        "config_last_changed_at": with_offset(max(stat.created_ms, changed_ms)),
        "color": said.color or None,
        "id": stat.uuid,
        "product_id": catalog.products[stat.product].uuid,
        "title": said.title or stat.name,
        "description": said.description or None,
        "unit_type": said.unit_type.value,
        "status": "active" if stat.received_ms else "pending",
        "sort_index": said.sort_index,
        "is_visible": said.is_visible,
    }


def _links(catalog: Catalog, stat: Stat, base: str) -> list[Link]:
    return [
        link("self", "Self", f"{base}/metrics/{stat.uuid}"),
        link("product", "Product", f"{base}/products/{catalog.products[stat.product].uuid}"),
    ]


def router(desk: Desk, lists: StatList, settling: Settling) -> APIRouter:
    """The routes."""
    calls = _MetricCalls(desk, lists, settling)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    routes.add_api_route(f"{CORE}/metrics", calls.listed, summary="All metrics that the token reaches")
    routes.add_api_route(f"{CORE}/products/{{uuid}}/metrics", calls.of_product, summary="All metrics of a product")
    routes.add_api_route(f"{CORE}/metrics/{{uuid}}", calls.one, summary="One metric")
    return routes


class _MetricCalls:
    """What each route does. What was acknowledged before a question is in its answer, bounded."""

    def __init__(self, desk: Desk, lists: StatList, settling: Settling) -> None:
        self._desk = desk
        self._lists = lists
        self._settling = settling

    async def listed(
        self, request: Request, limit: Limit = None, offset: Offset = None, envelope: Envelope = None
    ) -> Response:
        """The oldest first: new ones come last."""
        return await self._desk.listed(request, "/metrics", self._listed)

    async def of_product(
        self, request: Request, uuid: Uuid, limit: Limit = None, offset: Offset = None, envelope: Envelope = None
    ) -> Response:
        """The oldest first: new ones come last."""
        return await self._desk.listed(request, f"/products/{uuid}/metrics", partial(self._of_product, uuid))

    async def _of_product(self, uuid: Uuid, asked: Asked) -> tuple[int, list[Resource]]:
        return await self._page(asked, [self._desk.product(asked, uuid)])

    async def _listed(self, asked: Asked) -> tuple[int, list[Resource]]:
        return await self._page(asked, self._desk.products(asked))

    async def _page(self, asked: Asked, products: Sequence[Product]) -> tuple[int, list[Resource]]:
        await self._settling.settle(OF_POINTS)
        total, found = await self._lists.page_of([one.id for one in products], asked.offset, asked.limit)
        catalog = self._desk.catalog
        return total, [shown(catalog, stat, _links(catalog, stat, asked.base)) for stat in found]

    async def one(self, request: Request, uuid: Uuid) -> Response:
        """By its UUID."""
        asked = await self._desk.asked(request)
        wanted = uuid_in(uuid)
        await self._settling.settle(OF_POINTS)
        products = [one.id for one in self._desk.products(asked)]
        found = None if wanted is None else await self._lists.of_uuid(products, wanted)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return await self._desk.reply(request, shown(self._desk.catalog, found, []))
