"""Answers what a route of the edge raises, in the form of the path's dialect."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from producers.admin.errors import GenerationLagsError, NotThereError, UnfitError
from producers.edge.command_desk import CommandRefusedError
from producers.web.query_api import QueryApiAwayError
from tilde.domain.catalog.refusals import Refusal
from tilde.eventlog import LogError
from tilde.runtime.wording import complaint
from tilde.web.failures import failure

Handler = Callable[[Request, Exception], Awaitable[Response]]

_NOT_THERE = {
    Refusal.UNKNOWN_STAT,
    Refusal.UNKNOWN_SUBACCOUNT,
    Refusal.UNKNOWN_TOKEN,
    Refusal.UNKNOWN_REPORT,
    Refusal.UNKNOWN_METRIC,
    Refusal.NO_DEFINITION,
}
_STATUSES: dict[type[Exception], int] = {
    NotThereError: 404,
    GenerationLagsError: 409,
    UnfitError: 422,
    LogError: 503,
    QueryApiAwayError: 503,
    TimeoutError: 504,
}


def exception_handlers() -> dict[type[Exception], Handler]:
    """The handlers, by the class of what is raised."""
    handlers: dict[type[Exception], Handler] = {
        RequestValidationError: _told_what_is_wrong,
        CommandRefusedError: _refused,
    }
    return handlers | {error: _handler(status) for error, status in _STATUSES.items()}


async def _told_what_is_wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return failure(request.scope["path"], 422, complaint(error.errors()))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CommandRefusedError)
    return failure(request.scope["path"], 404 if error.refusal in _NOT_THERE else 409, str(error))


def _handler(status: int) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        return failure(request.scope["path"], status, str(error) or type(error).__name__)

    return handle
