"""All that a product's people did, said and are called: `GET /tilde/v1/products/PRODUCT/activity`, as lines that
`POST` to the same path takes in.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from api.parts import Reads
from api.reads.local_buckets import T_MAX, check_range, instant_of, zone_of
from api.reads.people.history import PeopleHistory
from api.reads.people.told_history import LeftOut, ToldHistory
from api.reads.unanswered import BehindError
from api.web.callers import either_scheme
from api.web.exported_lines import ExportedLines
from api.web.refused import RefusedError
from tilde.domain.people.question import Span
from tilde.own_paths import LEFT_OUT, LINES_END, TEXTS_LEFT_OUT, activity_path
from tilde.schemas.topics import ACTIVITY
from tilde.web.documented import told_as

MEDIA_TYPE = "application/x-ndjson"
NO_KEYS = "who people are is sealed, and this API has no keys: its operator sets TILDE_EDGES"
SETTLING_TRIES = 5  # of two seconds
From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601; all history unless given.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded.")]


def router(reads: Reads) -> APIRouter:
    """The route."""
    calls = _ActivityCalls(reads)
    routes = APIRouter(tags=["People"], dependencies=[Depends(either_scheme)])
    told: dict[str, Any] = {"response_class": StreamingResponse, "responses": told_as(MEDIA_TYPE)}
    path = activity_path("{product}")
    routes.add_api_route(path, calls.export, summary="All that people did, said and are called", **told)
    return routes


class _ActivityCalls:
    """What the route does."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._history = PeopleHistory(reads.tables, reads.erased)

    async def export(self, request: Request, product: int, from_: From = "", to: To = "") -> StreamingResponse:
        """One JSON object a line, as `POST` to this path takes them: by second, and what joins the identities of a
        person before what he did first. The last line, `{"_lines": ..}`, says that it was all, and how much was left
        out, since it was of people who were erased. For the holder of a token of the product's account, and for the
        operator.
        """
        reads, utc = self._reads, zone_of("UTC")
        await reads.callers.require_product(request, product)
        span = Span(instant_of(from_, utc) if from_ else 0, instant_of(to, utc) if to else T_MAX)
        check_range(span.since, span.until)
        if not reads.opened.has_keys:
            raise RefusedError(409, NO_KEYS)
        await self._settle()
        pieces = _pieces(
            reads.lines, ToldHistory(self._history, reads.people, reads.opened, reads.settling, product), span
        )
        # Where the store or the keys are away, that is told before anything is streamed.
        first = await anext(pieces)
        headers = {"content-disposition": 'attachment; filename="activity.json"'}
        return StreamingResponse(_with_first(first, pieces), headers=headers, media_type=MEDIA_TYPE)

    async def _settle(self) -> None:
        """Returns once the tables have all activity that was acknowledged: right behind an import that takes a while.
        Raises BehindError, LogError, StoreError.
        """
        for _ in range(SETTLING_TRIES):
            if await self._reads.settling.settle([ACTIVITY]):
                return
        raise BehindError


async def _pieces(write: ExportedLines, told: ToldHistory, span: Span) -> AsyncIterator[bytes]:
    many = 0
    async for portion in told.portions(span):
        lines = [line for one in portion for line in write.of(one)]
        many += len(lines)
        if lines:
            yield b"".join(lines)
    yield _last_line(many, told.left_out)


def _last_line(lines: int, left_out: LeftOut) -> bytes:
    """What stands behind all of them, in our words: `{"_lines": 3, "_left_out": 0, "_texts_left_out": 0}`."""
    said = {LINES_END: lines, LEFT_OUT: left_out.lines, TEXTS_LEFT_OUT: left_out.texts}
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
