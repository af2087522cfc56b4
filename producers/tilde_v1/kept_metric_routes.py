"""Kept metrics, `/tilde/v1/products/ID/metrics` and `/tilde/v1/metrics/UUID`. Bearer: the operator token."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from producers.admin.kept_metrics import KeptMetrics, SaidOfCounts, SaidOfFilter
from producers.admin.products import Products
from producers.tilde_v1.operator_routes import routes_of
from producers.tilde_v1.product_routes import Id
from producers.tilde_v1.request_bodies import Body
from tilde.domain.catalog.definition_records import UnitType
from tilde.domain.people.metric import MetricKind
from tilde.domain.people.names import NAME_MAX
from tilde.domain.people.question import Comparison
from tilde.own_paths import KEPT_METRICS, kept_metrics_path

VALUE_MAX = 1_000  # code points of a value that is asked for
Name = Annotated[str, Field(max_length=NAME_MAX)]
Value = Annotated[str, Field(max_length=VALUE_MAX)]


class Filter(Body):
    """Counts only what was done with such a value of a property."""

    property: Name
    comparison: Annotated[Comparison | None, Field(description="Absent: any value.")] = None
    value: Value = ""
    high: Annotated[Value, Field(description="The other end of `between`.")] = ""


class Counts(Body):
    """What a metric counts."""

    kind: MetricKind
    event: Annotated[Name, Field(description="As it was sent; of `total` and `average` it may be left out.")] = ""
    then: Annotated[Name, Field(description="The event that follows, of conversions and `time_between`.")] = ""
    property: Annotated[Name, Field(description="Whose numbers count, of `total` and `average`.")] = ""
    filter: Filter | None = None

    def said(self) -> SaidOfCounts:
        """What is counted, as commands are made of it."""
        filter_ = None if self.filter is None else SaidOfFilter(**dict(self.filter))
        return SaidOfCounts(self.kind, self.event, self.then, self.property, filter_)


class NewMetric(Body):
    """A metric to keep."""

    title: str
    counts: Counts
    description: str = ""
    is_visible: bool = True
    unit_type: Annotated[UnitType | None, Field(description="As its kind has it unless given.")] = None
    color: str = ""
    sort_index: int = 0


class KeptMetricChange(Body):
    """What is to become of a metric; what is not sent stays, and `counts` is sent as a whole."""

    title: str | None = None
    counts: Counts | None = None
    description: str | None = None
    is_visible: bool | None = None
    unit_type: UnitType | None = None
    color: str | None = None
    sort_index: int | None = None


def router(kept_metrics: KeptMetrics, products: Products, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _KeptMetricCalls(kept_metrics, products)
    of_product, of_one = routes_of(kept_metrics_path("{id_}"), operator_token), routes_of(KEPT_METRICS, operator_token)
    of_product.add_api_route("", calls.list_metrics, methods=["GET"], summary="The metrics that a product keeps")
    of_product.add_api_route("", calls.keep_metric, methods=["POST"], summary="Keep a metric")
    of_one.add_api_route("/{uuid}", calls.show_metric, methods=["GET"], summary="A metric that is kept")
    of_one.add_api_route("/{uuid}", calls.change_metric, methods=["PATCH"], summary="Change a metric")
    of_one.add_api_route("/{uuid}", calls.delete_metric, methods=["DELETE"], summary="Keep a metric no longer")
    both = APIRouter()
    both.include_router(of_product)
    both.include_router(of_one)
    return both


class _KeptMetricCalls:
    """What each route does."""

    def __init__(self, kept_metrics: KeptMetrics, products: Products) -> None:
        self._kept_metrics = kept_metrics
        self._products = products

    async def list_metrics(self, id_: Id) -> list[dict[str, Any]]:
        """The oldest first."""
        return self._kept_metrics.of(self._products.one(id_).id)

    async def keep_metric(self, id_: Id, body: NewMetric) -> dict[str, Any]:
        """Its filter stands sealed in the log, since a value may name a person."""
        return await self._kept_metrics.keep(
            self._products.one(id_).id, body.counts.said(), body.model_dump(exclude={"counts"})
        )

    async def show_metric(self, uuid: str) -> dict[str, Any]:
        return self._kept_metrics.show(self._kept_metrics.one(uuid))

    async def change_metric(self, uuid: str, body: KeptMetricChange) -> dict[str, Any]:
        metric, counts = self._kept_metrics.one(uuid), None if body.counts is None else body.counts.said()
        return await self._kept_metrics.change(metric.uuid, counts, body.model_dump(exclude={"counts"}))

    async def delete_metric(self, uuid: str) -> dict[str, Any]:
        metric = self._kept_metrics.one(uuid)
        await self._kept_metrics.delete(metric.uuid)
        return {"id": metric.uuid, "deleted": True}
