"""A request of the white label API: read, carried out, and answered in lines. Clients compare the first with `OK`.

Whatever becomes of it the status is 200, since PHP's `file()` drops the body of every other one.
"""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from fastapi import Request, Response

from producers.admin.errors import AdminError
from producers.clicky.whitelabel.errors import Error, Nok, error_of
from producers.clicky.whitelabel.requests import Call, SentCall, read
from producers.edge.command_desk import CommandRefusedError
from producers.web.bounded_bodies import BodyError
from producers.web.query_api import QueryApiAwayError
from producers.web.tally import Tally
from tilde.catalog.key_lookup import KeyLookup
from tilde.dialects.clicky import ANSWER_HEADERS, LINES, lines
from tilde.domain.catalog.keys import KeyKind
from tilde.eventlog import LogError

Carry = Callable[[Call], Awaitable[list[str]]]
"""Carries a request out, and returns the lines behind `OK`. Raises Nok, CommandRefusedError, AdminError, LogError,
QueryApiAwayError, TimeoutError.
"""

Answer = Callable[[Call], Awaitable[bytes]]
"""The same, for an answer in JSON."""

_KNOWN = (
    *(Nok, CommandRefusedError, AdminError),
    *(LogError, QueryApiAwayError, TimeoutError, BodyError),
)
"""What is raised where a request cannot be carried out, or not now."""


class Dispatcher:
    """Reads a request, finds out whose it is, has it carried out, and answers."""

    def __init__(self, keys: KeyLookup, types: Mapping[str, Carry], tally: Tally) -> None:
        """`types` are the values of parameter `type`, each with what carries it out."""
        self._keys = keys
        self._types = types
        self._tally = tally

    async def answer(self, request: Request) -> Response:
        """`OK` and its lines, or `NOK`, a number and a text."""
        try:
            return _in_lines("OK", *await self._carried(await read(request)))
        except _KNOWN as error:
            told = self._counted_error(error)
            return _in_lines("NOK", str(told.number), told.text)

    async def _carried(self, sent: SentCall) -> list[str]:
        call = await self._call(sent)
        carry = self._types.get((sent.get("type") or "").lower())
        if carry is None:
            raise Nok(Error.INVALID_TYPE)
        return await carry(call)

    async def json(self, request: Request, answer: Answer) -> Response:
        """The answer of something that is no type, in JSON."""
        try:
            body = await answer(await self._call(await read(request)))
        except _KNOWN as error:
            body = orjson.dumps({"response": {"error": self._counted_error(error).text}})
        return Response(body, 200, ANSWER_HEADERS, "application/json")

    async def _call(self, sent: SentCall) -> Call:
        key = sent.get("auth")
        account = await self._keys.find(KeyKind.WHITE_LABEL_KEY, key) if key else None
        if account is None:
            raise Nok(Error.INVALID_API_KEY)
        return Call(account, sent)

    def _counted_error(self, error: Exception) -> Error:
        """What a client is told of it, which is counted."""
        match error:
            case Nok(error=told):
                pass
            case CommandRefusedError() | AdminError():
                told = error_of(error)
            case _:
                told = Error.DATABASE_ERROR
        self._tally.refused[told] += 1
        return told


def _in_lines(*told: str) -> Response:
    return Response(lines(*told), 200, ANSWER_HEADERS, LINES)
