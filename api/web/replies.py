"""Answers: JSON with whole numbers printed whole, and every failure told in the form of the dialect that was spoken."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.reads.durations import BadTimeframeError
from api.reads.unanswered import BehindError, NotFoundError
from api.web.refused import RefusedError
from tilde.eventlog import LogError
from tilde.keys.opener import KeysAwayError
from tilde.runtime.wording import complaint
from tilde.store import NoTableError, QueryLimitError, StoreError
from tilde.web.failures import failure

RETRY_AFTER_S = "2"
BEHIND_S = "5"


def reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON."""
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


def failure_reply(request: Request, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """A failure, in the form of the path's dialect."""
    return failure(request.scope["path"], status, message, headers)


async def _refused(request: Request, error: RefusedError) -> Response:
    return failure_reply(request, error.status, str(error), error.headers)


async def _not_found(request: Request, error: NotFoundError) -> Response:
    return failure_reply(request, 404, str(error))


async def _behind(request: Request, error: BehindError) -> Response:
    return failure_reply(request, 503, "the tables are behind the log; try again soon", {"retry-after": BEHIND_S})


async def _bad(request: Request, error: Exception) -> Response:
    return failure_reply(request, 400, str(error))


async def _no_call(request: Request, error: RequestValidationError) -> Response:
    return failure_reply(request, 422, complaint(error.errors()))


async def _unavailable(request: Request, error: Exception) -> Response:
    return failure_reply(request, 503, "the store cannot answer now; try again soon", {"retry-after": RETRY_AFTER_S})


async def _keys_away(request: Request, error: KeysAwayError) -> Response:
    return failure_reply(request, 503, str(error), {"retry-after": RETRY_AFTER_S})


def exception_handlers() -> dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]]:
    """What the routes may raise, and how it is told. Anything else is a bug: 500."""
    return {
        RefusedError: _refused,
        NotFoundError: _not_found,
        BehindError: _behind,
        RequestValidationError: _no_call,
        BadTimeframeError: _bad,
        StoreError: _unavailable,
        QueryLimitError: _unavailable,
        NoTableError: _unavailable,  # while the reads move to another generation
        LogError: _unavailable,
        KeysAwayError: _keys_away,
    }
