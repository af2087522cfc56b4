"""Reports of the Core API: questions that products keep under a name. One of a type that queries have, too, can be run,
by a POST to where its links lead.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.account_routes import account_uuid
from api.kissmetrics.answers import Link, Resource, link, with_offset
from api.kissmetrics.desk import NOT_FOUND, Asked, Desk, Envelope, Limit, Offset, Uuid, scheme
from api.kissmetrics.queries.kinds.kind import Kinds
from api.web.refused import RefusedError
from tilde.dialects.kissmetrics import CORE, QUERIES_V1, QUERIES_V2
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.state import Catalog, Product


def shown(catalog: Catalog, report: SavedReport, links: list[Link]) -> Resource:
    """A report as the API tells of it: without its question."""
    product = catalog.products[report.product]
    return {
        "links": links,
        "created_at": with_offset(report.created_ms),
        "name": report.name,
        "report_type": report.report_type,
        "account_id": account_uuid(catalog, product.account),
        "product_id": product.uuid,
        "id": report.uuid,
    }


def _links(catalog: Catalog, report: SavedReport, base: str, *, can_run: bool) -> list[Link]:
    product = catalog.products[report.product]
    own = [
        link("self", "Self", f"{base}/reports/{report.uuid}"),
        link("product", "Product", f"{base}/products/{product.uuid}"),
        link("account", "Account", f"{base}/accounts/{account_uuid(catalog, product.account)}"),
    ]
    if not can_run:
        return own
    origin, run = base.removesuffix(CORE), f"reports/{report.uuid}/run"
    return [
        *own,
        link("run", "Run", f"{origin}{QUERIES_V1}/{run}"),
        link("run_v2", "Run V2", f"{origin}{QUERIES_V2}/products/{product.uuid}/{run}"),
    ]


def reports_of(catalog: Catalog, products: Iterable[Product]) -> Sequence[SavedReport]:
    """Those of some products, in the order in which they were made."""
    kept = (catalog.saved_reports[uuid] for one in products for uuid in catalog.reports_of.get(one.id, ()))
    return sorted(kept, key=lambda report: report.created)


def router(desk: Desk, kinds: Kinds) -> APIRouter:
    """The routes; reports of these kinds can be run."""
    calls = _ReportCalls(desk, kinds)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    routes.add_api_route(f"{CORE}/reports", calls.listed, summary="All reports that the token reaches")
    routes.add_api_route(f"{CORE}/products/{{uuid}}/reports", calls.of_product, summary="All reports of a product")
    routes.add_api_route(f"{CORE}/reports/{{uuid}}", calls.one, summary="One report")
    return routes


class _ReportCalls:
    """What each route does."""

    def __init__(self, desk: Desk, kinds: Kinds) -> None:
        self._desk = desk
        self._kinds = kinds

    async def listed(
        self, request: Request, limit: Limit = None, offset: Offset = None, envelope: Envelope = None
    ) -> Response:
        """The oldest first: new ones come last."""
        return await self._desk.listed(request, "/reports", self._listed)

    async def of_product(
        self, request: Request, uuid: Uuid, limit: Limit = None, offset: Offset = None, envelope: Envelope = None
    ) -> Response:
        """The oldest first: new ones come last."""
        return await self._desk.listed(request, f"/products/{uuid}/reports", partial(self._of_product, uuid))

    async def _listed(self, asked: Asked) -> tuple[int, list[Resource]]:
        return self._page(asked, self._desk.products(asked))

    async def _of_product(self, uuid: Uuid, asked: Asked) -> tuple[int, list[Resource]]:
        return self._page(asked, [self._desk.product(asked, uuid)])

    def _page(self, asked: Asked, products: Iterable[Product]) -> tuple[int, list[Resource]]:
        found = reports_of(self._desk.catalog, products)
        return len(found), [self._shown(report, asked.base) for report in asked.page_of(found)]

    def _shown(self, report: SavedReport, base: str) -> Resource:
        can_run = self._kinds.named(report.report_type) is not None
        return shown(self._desk.catalog, report, _links(self._desk.catalog, report, base, can_run=can_run))

    async def one(self, request: Request, uuid: Uuid) -> Response:
        """By its UUID."""
        asked = await self._desk.asked(request)
        catalog = self._desk.catalog
        found = catalog.saved_reports.get(uuid)
        own = {account.id for account in asked.accounts}
        if found is None or catalog.owner_of(found.product) not in own:
            raise RefusedError(404, NOT_FOUND)
        return await self._desk.reply(request, shown(catalog, found, []))
