"""A body is read whole, or it is told why there is none."""

from collections.abc import Sequence

import pytest
from fastapi import HTTPException, Request
from starlette.types import Message

from producers.web.bounded_bodies import BodyError, BodyFault, bounded_body
from producers.web.held_bodies import NoRoomError

GONE: Message = {"type": "http.disconnect"}


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def a_request(*messages: Message | Exception) -> Request:
    """One whose server tells these, one after the other."""
    told = iter(messages)

    async def receive() -> Message:
        message = next(told)
        if isinstance(message, Exception):
            raise message
        return message

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_all_pieces_are_the_body() -> None:
    """Up to the last byte that is taken."""
    assert await bounded_body(a_request(piece(b"ab", more=True), piece(b"cd")), 4) == b"abcd"


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([piece(b"abcde")], BodyFault.BODY_TOO_LONG),
        ([piece(b"abc", more=True), piece(b"de", more=True)], BodyFault.BODY_TOO_LONG),
        ([HTTPException(413)], BodyFault.BODY_TOO_LONG),
        ([piece(b"abc", more=True), GONE], BodyFault.BODY_CUT_OFF),
        ([piece(b"abc", more=True), NoRoomError()], BodyFault.NO_ROOM),
    ],
    ids=["one byte more", "more of it", "its head says so", "the client is gone", "others take the room"],
)
async def test_why_there_is_none_is_told(messages: Sequence[Message | Exception], fault: BodyFault) -> None:
    """Nothing of it is returned."""
    with pytest.raises(BodyError) as error:
        await bounded_body(a_request(*messages), 4)

    assert error.value.fault is fault


async def test_what_else_a_server_answers_stays_that() -> None:
    """It is no fault of the body."""
    with pytest.raises(HTTPException) as error:
        await bounded_body(a_request(HTTPException(421)), 4)

    assert error.value.status_code == 421
