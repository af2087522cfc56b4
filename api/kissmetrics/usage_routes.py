"""What events and properties of the Core API have in common: lists, those of a product, one by its UUID."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.answers import Link, Resource, link, with_offset
from api.kissmetrics.desk import NOT_FOUND, Asked, Desk, Envelope, Limit, Offset, Uuid, scheme, uuid_in
from api.reads.settling import Settling
from api.reads.usages import Usage, Usages
from api.web.refused import RefusedError
from tilde.dialects.kissmetrics import CORE
from tilde.domain.catalog.state import Catalog, Product
from tilde.schemas.topics import ACTIVITY


@dataclass(frozen=True, slots=True)
class Noun:
    """An event, or a property: how it is called, in a path and in words, its UUID by that of its product, and what the
    API tells of it.
    """

    path: str
    one: str
    uuid: Callable[[str, str], UUID]
    shown: Callable[[Catalog, Usage], dict[str, Any]]


def titled(name: str) -> str:
    """What it is shown as unless somebody said so: `Search engine hit`."""
    return name[:1].upper() + name[1:]


def router(desk: Desk, noun: Noun, usages: Usages, settling: Settling) -> APIRouter:
    """The routes."""
    calls = _UsageCalls(desk, noun, usages, settling)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    path, of_product = f"{CORE}/{noun.path}", f"{CORE}/products/{{uuid}}/{noun.path}"
    routes.add_api_route(path, calls.listed, summary=f"All {noun.path} that the token reaches")
    routes.add_api_route(of_product, calls.of_product, summary=f"All {noun.path} of a product")
    routes.add_api_route(f"{path}/{{uuid}}", calls.one, summary=f"One {noun.one}")
    return routes


class _UsageCalls:
    """What each route does. What was acknowledged before a question is in its answer, bounded."""

    def __init__(self, desk: Desk, noun: Noun, usages: Usages, settling: Settling) -> None:
        self._desk = desk
        self._noun = noun
        self._usages = usages
        self._settling = settling

    async def listed(
        self, request: Request, limit: Limit = None, offset: Offset = None, envelope: Envelope = None
    ) -> Response:
        """What was sent first comes first: new ones come last."""
        return await self._desk.listed(request, f"/{self._noun.path}", self._listed)

    async def of_product(
        self, request: Request, uuid: Uuid, limit: Limit = None, offset: Offset = None, envelope: Envelope = None
    ) -> Response:
        """What was sent first comes first: new ones come last."""
        path = f"/products/{uuid}/{self._noun.path}"
        return await self._desk.listed(request, path, partial(self._of_product, uuid))

    async def _listed(self, asked: Asked) -> tuple[int, list[Resource]]:
        return await self._page(asked, self._desk.products(asked))

    async def _of_product(self, uuid: Uuid, asked: Asked) -> tuple[int, list[Resource]]:
        return await self._page(asked, [self._desk.product(asked, uuid)])

    async def _page(self, asked: Asked, products: Sequence[Product]) -> tuple[int, list[Resource]]:
        await self._settling.settle([ACTIVITY])
        total, found = await self._usages.page(products, asked.offset, asked.limit)
        uuids = {product.id: product.uuid for product in products}
        return total, [self._shown(usage, uuids[usage.product], asked.base) for usage in found]

    async def one(self, request: Request, uuid: Uuid) -> Response:
        """By its UUID."""
        asked = await self._desk.asked(request)
        products, wanted = self._desk.products(asked), uuid_in(uuid)
        await self._settling.settle([ACTIVITY])
        found = None if wanted is None else await self._usages.of_uuid(products, wanted)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        product = next(product for product in products if product.id == found.product)
        return await self._desk.reply(request, self._shown(found, product.uuid, None))

    def _shown(self, usage: Usage, product: str, base: str | None) -> Resource:
        """With its links in a list, below `base`; alone it has none."""
        id_ = str(self._noun.uuid(product, usage.name))
        return {
            "links": [] if base is None else self._links(id_, product, base),
            "last_sent_at": with_offset(usage.last_sent_ms),
            "first_sent_at": with_offset(usage.first_sent_ms),
            "last_used_at": with_offset(usage.last_used_at * 1000),
            "id": id_,
            "product_id": product,
            **self._noun.shown(self._desk.catalog, usage),
            "first_used_at": with_offset(usage.first_used_at * 1000),
            "index": usage.index,
        }

    def _links(self, id_: str, product: str, base: str) -> list[Link]:
        own = link("self", "Self", f"{base}/{self._noun.path}/{id_}")
        return [own, link("product", "Product", f"{base}/products/{product}")]
