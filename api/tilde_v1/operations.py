"""The operator's side of the query API: how far the tables are, SQL, and building the read models again."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from api.parts import Rebuild
from api.reads.formulas import CsvGuard
from api.reads.operator_sql.guard import SqlGuard
from api.tilde_v1.sql_answer import EndingResponse, JsonArray, Shown, begun_with, shown
from api.web.callers import Callers, operator_scheme
from tilde.own_paths import ROOT
from tilde.runtime.visible import VisibleText
from tilde.store import QueryRefusedError, StoreError, StoreReader
from tilde.store.migrate import VIEWS_DATABASE
from tilde.store.progress import Progress
from tilde.web.bodies import guarded

QUERY_MAX = 100_000
STATEMENT_BYTES_MAX = 1 << 20  # so many characters, however they are escaped


class AnswerFormat(StrEnum):
    """How the rows of a statement are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


_ENGINE_FORMATS = {
    AnswerFormat.TABLE: "PrettyCompactMonoBlock",
    AnswerFormat.CSV: "CSVWithNames",
    AnswerFormat.JSON: "JSONEachRow",
}
# A table is for eyes: what a terminal would obey is written out. CSV is opened by spreadsheets.
_SHOWN: dict[AnswerFormat, type[Shown]] = {
    AnswerFormat.TABLE: VisibleText,
    AnswerFormat.CSV: CsvGuard,
    AnswerFormat.JSON: JsonArray,
}
_MEDIA_TYPES = {
    AnswerFormat.TABLE: "text/plain; charset=utf-8",
    AnswerFormat.CSV: "text/csv; charset=utf-8",
    AnswerFormat.JSON: "application/json",
}


class Statement(BaseModel):
    """A SELECT on database `tilde`."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(max_length=QUERY_MAX)]
    format: AnswerFormat = AnswerFormat.TABLE


def router(callers: Callers, store: StoreReader, progress: Progress, rebuild: Rebuild | None) -> APIRouter:
    """The routes."""
    calls = _OperationCalls(store, progress, rebuild)
    routes = APIRouter(
        prefix=ROOT,
        tags=["Operator"],
        dependencies=[Depends(operator_scheme)],
        route_class=guarded(callers.operator, STATEMENT_BYTES_MAX),
    )
    routes.add_api_route("/progress", calls.how_far, summary="How far the tables are")
    routes.add_api_route("/sql", calls.sql, methods=["POST"], summary="Ask the tables in SQL, read-only")
    routes.add_api_route(
        "/generations", calls.build_next, methods=["POST"], summary="Build the tables again (tilde replay)"
    )
    return routes


class _OperationCalls:
    """What each route does."""

    def __init__(self, store: StoreReader, progress: Progress, rebuild: Rebuild | None) -> None:
        self._store = store
        self._progress = progress
        self._rebuild = rebuild
        self._guard = SqlGuard(store)

    async def how_far(self) -> dict[str, Any]:
        """Per raw topic and partition: the offset below which everything can be queried."""
        self._progress.flush()  # who asks waits for it
        return {
            "passed": await self._progress.passed(),
            "live": self._rebuild.live() if self._rebuild else None,
            "next": await self._rebuild.passed_by_next() if self._rebuild else None,
        }

    async def sql(self, statement: Statement) -> Response:
        """One SELECT, limited in time, memory and size. The answer has the format asked for. The statement ends with
        its client; an answer that fails in the middle is cut off there, and its transfer has no end.
        """
        try:
            checked = await self._guard.checked(statement.query, VIEWS_DATABASE)
            pieces = self._store.answer(checked, format_=_ENGINE_FORMATS[statement.format], database=VIEWS_DATABASE)
            begun = await begun_with(pieces)
        except QueryRefusedError as refused:
            raise HTTPException(400, str(refused)) from None
        except StoreError as error:
            raise HTTPException(503, str(error), {"retry-after": "2"}) from None
        return EndingResponse(shown(begun, pieces, _SHOWN[statement.format]()), pieces, _MEDIA_TYPES[statement.format])

    async def build_next(self) -> dict[str, int]:
        """Begins to build the next generation of the read models beside the live one."""
        if self._rebuild is None:
            raise HTTPException(409, "on Kafka `tilde replay` runs workers of its own")
        return {"generation": await self._rebuild.build()}
