"""A request's body, whole and no longer than its route takes, whichever dialect it is of."""

from enum import StrEnum, auto
from http import HTTPStatus

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from producers.web.held_bodies import NoRoomError


class BodyFault(StrEnum):
    """Why there is none. A dialect that counts refusals has a reason of each of these names."""

    BODY_TOO_LONG = auto()
    BODY_CUT_OFF = auto()
    NO_ROOM = auto()


class BodyError(Exception):
    """A body did not come whole, or is too long; `fault` says which. What came of it is dropped."""

    def __init__(self, fault: BodyFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


async def bounded_body(request: Request, bytes_max: int) -> bytes:
    """All of it. Raises BodyError: where it is longer, where the client has gone before its end, where too many large
    ones have come at a time.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise BodyError(BodyFault.BODY_TOO_LONG)
    except ClientDisconnect:
        raise BodyError(BodyFault.BODY_CUT_OFF) from None
    except NoRoomError:
        raise BodyError(BodyFault.NO_ROOM) from None
    except HTTPException as error:  # longer than any route takes, as its head says already
        if error.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        raise BodyError(BodyFault.BODY_TOO_LONG) from None
    return bytes(body)
