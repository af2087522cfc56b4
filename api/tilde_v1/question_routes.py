"""What an edge asks before a report is saved: whether its question could be run, `/tilde/v1/products/ID/questions`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.web.callers import Callers, operator_scheme
from api.web.replies import reply
from api.web.saved_reports import SavedReportQuestions
from tilde.own_paths import questions_path

_AT_ONCE = 10


class QuestionToKeep(BaseModel):
    """As a report has it."""

    report_type: str
    question: dict[str, Any]


Some = Annotated[list[QuestionToKeep], Body(min_length=1, max_length=_AT_ONCE)]


def router(callers: Callers, saved_reports: SavedReportQuestions) -> APIRouter:
    """The route."""
    calls = _QuestionCalls(callers, saved_reports)
    routes = APIRouter(dependencies=[Depends(callers.operator), Depends(operator_scheme)])
    routes.add_api_route(questions_path("{product}"), calls.look, methods=["POST"], include_in_schema=False)
    return routes


class _QuestionCalls:
    """What it does."""

    def __init__(self, callers: Callers, saved_reports: SavedReportQuestions) -> None:
        self._callers = callers
        self._saved_reports = saved_reports

    async def look(self, request: Request, product: int, asked: Some) -> Response:
        """Why each could not be run now, in the words of a run; null where it could be."""
        await self._callers.require_product(request, product)
        return reply([await self._saved_reports.fault_of(product, one.report_type, one.question) for one in asked])
