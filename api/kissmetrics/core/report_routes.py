"""Reports of the Core API: questions that products keep under a name. One of a type that queries have, too, can be run,
by a POST to where its links lead.
"""

from collections.abc import Sequence

from fastapi import APIRouter

from api.kissmetrics.core import list_routes
from api.kissmetrics.core.account_routes import account_uuid
from api.kissmetrics.kinds.kind import Kinds, told_type
from api.kissmetrics.wire.answers import Link, Resource, link, with_offset
from api.kissmetrics.wire.callers import NOT_FOUND, ApiCallers, Caller, Uuid
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
        "report_type": told_type(report.report_type),
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


def router(callers: ApiCallers, kinds: Kinds) -> APIRouter:
    """The routes; reports of these kinds can be run."""
    return list_routes.router(callers, _Reports(callers, kinds))


class _Reports:
    """Those that products keep, as `list_routes.py` lists them."""

    path, one = "reports", "report"
    order = "The oldest first: new ones come last."

    def __init__(self, callers: ApiCallers, kinds: Kinds) -> None:
        self._callers = callers
        self._kinds = kinds

    async def page(self, caller: Caller, products: Sequence[Product]) -> tuple[int, Sequence[Resource]]:
        """How many saved reports these products have, and those of the page that is asked for."""
        found = self._callers.saved_reports_of(products)
        return len(found), [self._shown(report, caller.base) for report in caller.page_of(found)]

    async def found(self, caller: Caller, uuid: Uuid) -> Resource:
        """The one that has this UUID. Raises RefusedError where the token reaches none."""
        catalog = self._callers.catalog
        found = catalog.saved_reports.get(uuid)
        own = {account.id for account in caller.accounts}
        if found is None or catalog.owner_of(found.product) not in own:
            raise RefusedError(404, NOT_FOUND)
        return shown(catalog, found, [])

    def _shown(self, report: SavedReport, base: str) -> Resource:
        catalog, can_run = self._callers.catalog, self._kinds.named(report.report_type) is not None
        return shown(catalog, report, _links(catalog, report, base, can_run=can_run))
