"""The root directory of the Core API, and what its relations mean."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.wire.answers import Link, link
from api.kissmetrics.wire.callers import ApiCallers, scheme
from tilde.dialects.kissmetrics import CORE

_RELS = {
    "self": "What the link stands in.",
    "accounts": "The accounts that the token reaches.",
    "account": "One account, or the one that something belongs to.",
    "products": "The products that the token reaches, or those of an account.",
    "product": "One product, or the one that something belongs to.",
    "reports": "The reports of all products, or those of one.",
    "report": "One report.",
    "run": "Where a search of people is put, by POST: the first Query API.",
    "run_v2": "The same of the second Query API.",
    "events": "The events of all products, or those of one.",
    "event": "One event.",
    "properties": "The properties of all products, or those of one.",
    "property": "One property.",
    "metrics": "The metrics of all products, or those of one.",
    "metric": "One metric.",
    "metric-over-time": "Where a metric is run over time, by POST or GET.",
    "metric-by-segment": "Where a metric is run by segment, by POST or GET.",
    "rels": "This list.",
    "first": "The first page of a list.",
    "last": "The last page of a list.",
    "next": "The page behind this one.",
    "prev": "The page before this one.",
}


def router(callers: ApiCallers) -> APIRouter:
    """The routes."""
    calls = _DirectoryCalls(callers)
    routes = APIRouter(tags=["Kissmetrics"], dependencies=[Depends(scheme)])
    routes.add_api_route(CORE, calls.directory, summary="Core API: the directory of its links")
    routes.add_api_route(f"{CORE}/rels", calls.rels, summary="What the relations of links mean")
    return routes


class _DirectoryCalls:
    """What each route does."""

    def __init__(self, callers: ApiCallers) -> None:
        self._callers = callers

    async def directory(self, request: Request) -> Response:
        """Every list and, as URI templates (RFC 6570), every item and every list of something."""
        base = (await self._callers.caller(request)).base
        data = {"links": _links(base), "description": "API access for KISSmetrics", "name": "KISSmetrics API"}
        return await self._callers.reply(request, {"links": [link("self", "Directory", base)], "data": data})

    async def rels(self, request: Request) -> Response:
        """Each relation that a link may have."""
        base = (await self._callers.caller(request)).base
        rels = [{"name": name, "description": description} for name, description in _RELS.items()]
        data = {"title": "Relations", "description": "What the links of this API lead to.", "rels": rels}
        return await self._callers.reply(request, {"links": [link("self", "Relations", f"{base}/rels")], "data": data})


def _links(base: str) -> list[Link]:
    paged = "{?limit,offset}"
    return [
        link("self", "Directory", base),
        link("accounts", "Accounts", f"{base}/accounts"),
        link("products", "Products", f"{base}/products"),
        link("reports", "Reports", f"{base}/reports"),
        link("events", "Events", f"{base}/events"),
        link("properties", "Properties", f"{base}/properties"),
        link("metrics", "Metrics", f"{base}/metrics"),
        link("rels", "Relations", f"{base}/rels"),
        link("account", "Account", f"{base}/accounts/{{id}}", templated=True),
        link("products", "Account Products", f"{base}/accounts/{{id}}/products{paged}", templated=True),
        link("product", "Product", f"{base}/products/{{id}}", templated=True),
        link("reports", "Product Reports", f"{base}/products/{{id}}/reports{paged}", templated=True),
        link("events", "Product Events", f"{base}/products/{{id}}/events{paged}", templated=True),
        link("properties", "Product Properties", f"{base}/products/{{id}}/properties{paged}", templated=True),
        link("metrics", "Product Metrics", f"{base}/products/{{id}}/metrics{paged}", templated=True),
        link("report", "Report", f"{base}/reports/{{id}}", templated=True),
        link("event", "Event", f"{base}/events/{{id}}", templated=True),
        link("property", "Property", f"{base}/properties/{{id}}", templated=True),
        link("metric", "Metric", f"{base}/metrics/{{id}}", templated=True),
    ]
