"""Saved reports, `/tilde/v1/products/ID/reports` and `/tilde/v1/reports/UUID`. Bearer: the operator token."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from producers.admin.products import Products
from producers.admin.saved_reports import DEFAULT_TYPE, SavedReports
from producers.tilde_v1.operator_routes import routes_of
from producers.tilde_v1.product_routes import Id
from producers.tilde_v1.request_bodies import Body
from tilde.own_paths import SAVED_REPORTS, saved_reports_path

Type = Annotated[str, Field(description="The type of query that it asks, as those are called who run it.")]


class NewReport(Body):
    """A report to keep."""

    name: str
    report_type: Type = DEFAULT_TYPE
    question: Annotated[dict[str, Any], Field(description="The body of the search.")]


class ReportChange(Body):
    """What is to become of a report; what is not sent stays."""

    name: str | None = None
    report_type: Type | None = None
    question: dict[str, Any] | None = None


def router(saved_reports: SavedReports, products: Products, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _SavedReportCalls(saved_reports, products)
    of_product = routes_of(saved_reports_path("{id_}"), operator_token)
    of_one = routes_of(SAVED_REPORTS, operator_token)
    of_product.add_api_route("", calls.list_reports, methods=["GET"], summary="The reports that a product keeps")
    of_product.add_api_route("", calls.save_report, methods=["POST"], summary="Keep a report")
    of_one.add_api_route("/{uuid}", calls.show_report, methods=["GET"], summary="A report that is kept")
    of_one.add_api_route("/{uuid}", calls.change_report, methods=["PATCH"], summary="Change a report")
    of_one.add_api_route("/{uuid}", calls.delete_report, methods=["DELETE"], summary="Keep a report no longer")
    both = APIRouter()
    both.include_router(of_product)
    both.include_router(of_one)
    return both


class _SavedReportCalls:
    """What each route does."""

    def __init__(self, saved_reports: SavedReports, products: Products) -> None:
        self._saved_reports = saved_reports
        self._products = products

    async def list_reports(self, id_: Id) -> list[dict[str, Any]]:
        """The oldest first."""
        return self._saved_reports.of(self._products.one(id_).id)

    async def save_report(self, id_: Id, body: NewReport) -> dict[str, Any]:
        """Its question stands sealed in the log, since a search may name a person."""
        return await self._saved_reports.create(self._products.one(id_).id, body.name, body.report_type, body.question)

    async def show_report(self, uuid: str) -> dict[str, Any]:
        return self._saved_reports.show(self._saved_reports.one(uuid))

    async def change_report(self, uuid: str, body: ReportChange) -> dict[str, Any]:
        report = self._saved_reports.one(uuid)
        return await self._saved_reports.change(report.uuid, body.name, body.report_type, body.question)

    async def delete_report(self, uuid: str) -> dict[str, Any]:
        report = self._saved_reports.one(uuid)
        await self._saved_reports.delete(report.uuid)
        return {"id": report.uuid, "deleted": True}
