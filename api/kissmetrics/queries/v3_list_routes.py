"""What the third Query API tells of what there is: products, and a product's reports, events and properties. Ids are
numbers, and no list says its length: the last page is the one that is not full.

GET /v3/products?offset=0&limit=50        {"data": [{"id": 7, "name": "Shop", ..}]}
GET /v3/products/7                        {"data": {"id": 7, ..}}
GET /v3/products/7/events                 {"data": [{"id": 458753, "index": 1, "name": "purchased", ..}]}
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.kinds.kind import told_type
from api.kissmetrics.queries.query_callers import QueryCallers
from api.kissmetrics.wire.answers import Resource, with_z
from api.kissmetrics.wire.callers import ApiCallers, Caller, scheme
from api.kissmetrics.wire.paging import LIMIT_OF_QUERIES, OF_PAGE
from api.kissmetrics.wire.timezones import zone_shown
from api.reads.people.people import People
from api.reads.people.vocabulary import Usage, VocabularyReads
from api.reads.settling import Settling
from tilde.dialects.kissmetrics import QUERIES_V3
from tilde.domain.catalog.definition_records import EventDefinition, PropertyDefinition, SavedReport
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Product
from tilde.domain.catalog.token_records import EVERY_SCOPE
from tilde.domain.people.vocabulary import NAMES_MAX
from tilde.keys.keyring import Keyring, key_of
from tilde.schemas.topics import ACTIVITY
from tilde.store import QueryLimitError


def usage_id(usage: Usage) -> int:
    """The number of an event among those of all products, or of a property among these."""
    return usage.product * (NAMES_MAX + 1) + usage.index


class ProductVocabulary:
    """Events and properties of a product. What was acknowledged before a question is in its answer, bounded."""

    def __init__(
        self, events: VocabularyReads, properties: VocabularyReads, people: People, settling: Settling
    ) -> None:
        self._events = events
        self._properties = properties
        self._people = people
        self._settling = settling

    async def events(self, product: Product, caller: Caller) -> tuple[Sequence[Usage], Mapping[str, Sequence[int]]]:
        """A page of them, and the indexes of the properties that came with each; none of a product that is too large
        to find out.
        """
        await self._settling.settle([ACTIVITY])
        _, found = await self._events.page([product], caller.offset, caller.limit)
        try:
            return found, await self._people.came_with(product.id, {event.name for event in found})
        except QueryLimitError:
            return found, {}

    async def properties(self, product: Product, caller: Caller) -> Sequence[Usage]:
        """A page of them."""
        await self._settling.settle([ACTIVITY])
        _, found = await self._properties.page([product], caller.offset, caller.limit)
        return found


def router(callers: ApiCallers, queries: QueryCallers, vocabulary: ProductVocabulary, keyring: Keyring) -> APIRouter:
    """The routes."""
    calls = _ListCalls(callers, queries, vocabulary, keyring)
    routes = APIRouter(prefix=f"{QUERIES_V3}/products", tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    listed = partial(routes.add_api_route, dependencies=OF_PAGE)
    listed("", calls.products, summary="All products that the token reaches")
    routes.add_api_route("/{product}", calls.one, summary="One product")
    listed("/{product}/reports", calls.reports, summary="All reports of a product")
    listed("/{product}/events", calls.events, summary="All events of a product")
    listed("/{product}/properties", calls.properties, summary="All properties of a product")
    return routes


class _ListCalls:
    """What each route does. A token for either scope is let in: who searches has to know for what."""

    def __init__(
        self, callers: ApiCallers, queries: QueryCallers, vocabulary: ProductVocabulary, keyring: Keyring
    ) -> None:
        self._callers = callers
        self._queries = queries
        self._vocabulary = vocabulary
        self._keyring = keyring

    async def products(self, request: Request) -> Response:
        """The oldest first."""
        caller = await self._caller(request)
        return await self._listed(request, map(self._product, caller.page_of(self._callers.products(caller))))

    async def one(self, request: Request, product: str) -> Response:
        """By its number, or its UUID."""
        found = self._queries.product(await self._caller(request), product)
        return await self._callers.reply(request, {"data": self._product(found)})

    async def reports(self, request: Request, product: str) -> Response:
        """The oldest first: new ones come last."""
        caller = await self._caller(request)
        found = self._callers.saved_reports_of([self._queries.product(caller, product)])
        return await self._listed(request, map(_report, caller.page_of(found)))

    async def events(self, request: Request, product: str) -> Response:
        """What was sent first comes first: new ones come last."""
        caller = await self._caller(request)
        of = self._queries.product(caller, product)
        found, came_with = await self._vocabulary.events(of, caller)
        said = self._callers.catalog.definitions_of(of.id).events
        return await self._listed(
            request,
            (
                _usage(event, said.get(event.name, EventDefinition()))
                | {"total": event.total, "property_indices": came_with.get(event.name, [])}
                for event in found
            ),
        )

    async def properties(self, request: Request, product: str) -> Response:
        """What was sent first comes first: new ones come last."""
        caller = await self._caller(request)
        of = self._queries.product(caller, product)
        said = self._callers.catalog.definitions_of(of.id).properties
        found = await self._vocabulary.properties(of, caller)
        return await self._listed(request, (_usage(one, said.get(one.name, PropertyDefinition())) for one in found))

    async def _caller(self, request: Request) -> Caller:
        return await self._callers.caller(request, *EVERY_SCOPE, limit=LIMIT_OF_QUERIES)

    async def _listed(self, request: Request, items: Iterable[Resource]) -> Response:
        return await self._callers.reply(request, {"data": list(items)})

    def _product(self, product: Product) -> Resource:
        return {
            "id": product.id,
            "account_id": product.account,
            "name": product.name,
            "km_key": key_of(self._keyring, product.keys.get(KeyKind.TRACKING_KEY)),
            "timezone": zone_shown(self._callers.catalog.clock_of(product.id)),
        }


def _report(report: SavedReport) -> Resource:
    return {
        "id": report.created,
        "product_id": report.product,
        "name": report.name,
        "report_type": told_type(report.report_type),
    }


def _usage(usage: Usage, said: EventDefinition | PropertyDefinition) -> Resource:
    return {
        "id": usage_id(usage),
        "product_id": usage.product,
        "index": usage.index,
        "name": usage.name,
        "visible": said.is_visible,
        "first_used_at": with_z(usage.first_used_at * 1000),
        "last_used_at": with_z(usage.last_used_at * 1000),
        "first_sent_at": with_z(usage.first_sent_ms),
        "last_sent_at": with_z(usage.last_sent_ms),
    }
