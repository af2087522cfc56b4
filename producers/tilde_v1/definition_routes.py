"""What is said of a product's events, properties and metrics, `/tilde/v1/products/ID/definitions`. Bearer: the operator
token.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from producers.admin.definitions import Definitions
from producers.admin.products import Products
from producers.tilde_v1.operator_routes import routes_of
from producers.tilde_v1.product_routes import Id
from producers.tilde_v1.request_bodies import Body
from tilde.domain.catalog.definition_records import PropertyType, UnitType
from tilde.own_paths import definitions_path

Name = Annotated[str, Query(description="As it was sent; case does not count.")]
Stat = Annotated[str, Query(description="The id of its stat.")]
_TEXT = "Empty: none from now on."


class EventChange(Body):
    """What is to be said of an event; what is not sent stays."""

    display_name: Annotated[str | None, Field(description=_TEXT)] = None
    description: Annotated[str | None, Field(description=_TEXT)] = None
    is_visible: bool | None = None


class PropertyChange(EventChange):
    """What is to be said of a property; what is not sent stays."""

    type: Annotated[PropertyType | None, Field(description="`none`: nobody says, from now on.")] = None


class MetricChange(Body):
    """What is to be said of a metric; what is not sent stays. Its stat keeps its name."""

    title: Annotated[str | None, Field(description=_TEXT)] = None
    description: Annotated[str | None, Field(description=_TEXT)] = None
    is_visible: bool | None = None
    unit_type: UnitType | None = None
    color: Annotated[str | None, Field(description=_TEXT)] = None
    sort_index: int | None = None


def router(definitions: Definitions, products: Products, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _DefinitionCalls(definitions, products)
    routes = routes_of(definitions_path("{id_}"), operator_token)
    patch, delete = partial(routes.add_api_route, methods=["PATCH"]), partial(routes.add_api_route, methods=["DELETE"])
    summary = "What is said of a product's events, properties and metrics"
    routes.add_api_route("", calls.show, methods=["GET"], summary=summary)
    patch("/events", calls.define_event, summary="Say how an event is called and shown")
    delete("/events", calls.delete_event, summary="Say nothing of an event any more")
    patch("/properties", calls.define_property, summary="Say how a property is called and shown")
    delete("/properties", calls.delete_property, summary="Say nothing of a property any more")
    patch("/metrics", calls.define_metric, summary="Say how a metric is called and shown")
    delete("/metrics", calls.delete_metric, summary="Say nothing of a metric any more")
    return routes


class _DefinitionCalls:
    """What each route does."""

    def __init__(self, definitions: Definitions, products: Products) -> None:
        self._definitions = definitions
        self._products = products

    async def show(self, id_: Id) -> dict[str, list[dict[str, Any]]]:
        return self._definitions.of(self._products.one(id_).id)

    async def define_event(self, id_: Id, name: Name, body: EventChange) -> dict[str, Any]:
        """Also before it first happens."""
        return await self._definitions.define_event(self._products.one(id_).id, name, body.model_dump())

    async def delete_event(self, id_: Id, name: Name) -> dict[str, Any]:
        await self._definitions.delete_event(self._products.one(id_).id, name)
        return {"name": name, "deleted": True}

    async def define_property(self, id_: Id, name: Name, body: PropertyChange) -> dict[str, Any]:
        """Also before it is first set."""
        return await self._definitions.define_property(self._products.one(id_).id, name, body.model_dump())

    async def delete_property(self, id_: Id, name: Name) -> dict[str, Any]:
        await self._definitions.delete_property(self._products.one(id_).id, name)
        return {"name": name, "deleted": True}

    async def define_metric(self, id_: Id, stat: Stat, body: MetricChange) -> dict[str, Any]:
        return await self._definitions.define_metric(self._products.one(id_).id, stat, body.model_dump())

    async def delete_metric(self, id_: Id, stat: Stat) -> dict[str, Any]:
        await self._definitions.delete_metric(self._products.one(id_).id, stat)
        return {"stat": stat, "deleted": True}
