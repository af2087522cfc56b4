"""Metrics of the Core API: those that products keep, and every stat in sight, whichever dialect's post made it."""

from collections.abc import Collection, Iterable, Sequence

from fastapi import APIRouter

from api.kissmetrics.core import list_routes
from api.kissmetrics.core.metric_order import merged, window
from api.kissmetrics.wire.answers import Link, Resource, link, with_offset
from api.kissmetrics.wire.callers import NOT_FOUND, ApiCallers, Caller, Uuid, uuid_in
from api.reads.people.people import People
from api.reads.settling import Settling
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat import Stat
from api.reads.stats.stat_list import StatList
from api.web.refused import RefusedError
from tilde.dialects.kissmetrics import CORE, QUERIES_V1
from tilde.domain.catalog.definition_records import KeptMetric, MetricDefinition
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


def shown_kept(catalog: Catalog, metric: KeptMetric, links: list[Link], *, is_seen: bool) -> Resource:
    """The same of one that is kept. It is pending until what it counts is seen."""
    return {
        "links": links,
        "config_last_changed_at": with_offset(metric.changed_ms),
        "color": metric.shown.color or None,
        "id": metric.uuid,
        "product_id": catalog.products[metric.product].uuid,
        "title": metric.shown.title,
        "description": metric.shown.description or None,
        "unit_type": metric.shown.unit_type.value,
        "status": "active" if is_seen else "pending",
        "sort_index": metric.shown.sort_index,
        "is_visible": metric.shown.is_visible,
    }


def _links(catalog: Catalog, metric: Stat | KeptMetric, base: str) -> list[Link]:
    query = f"{base.removesuffix(CORE)}{QUERIES_V1}/metrics/{metric.uuid}"
    return [
        link("self", "Self", f"{base}/metrics/{metric.uuid}"),
        link("product", "Product", f"{base}/products/{catalog.products[metric.product].uuid}"),
        link("metric-over-time", "Metrics Over Time Query", f"{query}/over-time"),
        link("metric-by-segment", "Metrics By Segment Query", f"{query}/by-segment"),
    ]


def router(callers: ApiCallers, lists: StatList, lookup: MetricLookup, people: People, settling: Settling) -> APIRouter:
    """The routes."""
    return list_routes.router(callers, _Metrics(callers, lists, lookup, people, settling))


class _Metrics:
    """Those of products, as `list_routes.py` lists them. What was acknowledged before a question is in its answer,
    bounded.
    """

    path, one = "metrics", "metric"
    order = "The oldest first: new ones come last."

    def __init__(
        self, callers: ApiCallers, lists: StatList, lookup: MetricLookup, people: People, settling: Settling
    ) -> None:
        self._callers = callers
        self._lists = lists
        self._lookup = lookup
        self._people = people
        self._settling = settling

    async def page(self, caller: Caller, products: Sequence[Product]) -> tuple[int, Sequence[Resource]]:
        """How many metrics these products have, and those of the page that is asked for."""
        await self._settling.settle(OF_POINTS)
        ids = [one.id for one in products]
        kept = self._lookup.all_kept(ids)
        first, count = window(caller.offset, caller.limit, len(kept))
        total, stats = await self._lists.page_of(ids, first, count)
        page, catalog = merged(stats, first, kept, caller.offset, caller.limit), self._callers.catalog
        seen = await self._seen(one for one in page if isinstance(one, KeptMetric))
        return total + len(kept), [self._shown(one, _links(catalog, one, caller.base), seen) for one in page]

    async def found(self, caller: Caller, uuid: Uuid) -> Resource:
        """The one that has this UUID. Raises RefusedError where the token reaches none."""
        wanted = uuid_in(uuid)
        products = [one.id for one in self._callers.products(caller)]
        kept = self._lookup.kept(products, uuid)
        if kept is not None:
            return self._shown(kept, [], await self._seen([kept]))
        await self._settling.settle(OF_POINTS)
        found = None if wanted is None else await self._lists.of_uuid(products, wanted)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return shown(self._callers.catalog, found, [])

    def _shown(self, metric: Stat | KeptMetric, links: list[Link], seen: Collection[str]) -> Resource:
        catalog = self._callers.catalog
        if isinstance(metric, KeptMetric):
            return shown_kept(catalog, metric, links, is_seen=metric.uuid in seen)
        return shown(catalog, metric, links)

    async def _seen(self, kept: Iterable[KeptMetric]) -> set[str]:
        """Those whose event was done; where they have none, whose property was said."""
        seen, names = set(), {}
        for metric in kept:
            of_event = bool(metric.counts.event)
            place = metric.product, of_event
            if place not in names:
                read = self._people.event_names if of_event else self._people.property_names
                names[place] = set((await read(metric.product)).values())
            if (metric.counts.event or metric.counts.property) in names[place]:
                seen.add(metric.uuid)
        return seen
