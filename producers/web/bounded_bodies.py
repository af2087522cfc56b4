"""A request's body, whole and no longer than its route takes, whichever dialect it is of."""

from http import HTTPStatus

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect


class TooLongError(Exception):
    """The body is longer than that. What came of it is dropped."""


class CutOffError(Exception):
    """The client has gone before its end."""


async def bounded_body(request: Request, bytes_max: int) -> bytes:
    """All of it. Raises TooLongError, CutOffError."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise TooLongError
    except ClientDisconnect:
        raise CutOffError from None
    except HTTPException as error:  # longer than any route takes, as its head says already
        if error.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        raise TooLongError from None
    return bytes(body)
