"""What somebody asks: the parameters of a request, and what of a list he wants."""

from fastapi import Request

from api.web.refused import RefusedError
from tilde.dialects.statsmix.numbers import ID_DIGITS_MAX, id_of
from tilde.dialects.statsmix.record import TOKEN_HEADER
from tilde.dialects.statsmix.refusals import NO_KEY, Refused, bad_time
from tilde.dialects.statsmix.requests import key_in
from tilde.dialects.statsmix.times import read_time
from tilde.domain.texts import trimmed
from tilde.web.forms import parameters_in
from tilde.web.parameters import Parameters

LIMIT = 50
LIMIT_MAX = 1_000  # of stats that have the longest meta they are 20 MB
_DAY_MS = 24 * 3600 * 1000
_SECOND_MS = 1000


def refused(what: Refused, version: int = 2) -> RefusedError:
    """What both ends refuse alike, to be raised."""
    return RefusedError(what.status_in(version), what.text)


async def parameters_of(request: Request) -> Parameters:
    """All of them, without what nobody sees around them."""
    query, content_type = bytes(request.scope["query_string"]), request.headers.get("content-type", "")
    sent = parameters_in(query, await request.body(), content_type)
    return {name: bare for name, value in sent.items() if (bare := trimmed(value))}


def key_of(request: Request, parameters: Parameters) -> str:
    """The key of a header, or of a parameter. Raises RefusedError."""
    key = key_in(request.headers.get(TOKEN_HEADER, ""), parameters)
    if not key:
        raise refused(NO_KEY)
    return key


def limit_of(parameters: Parameters) -> int:
    """How many to list: 50 unless sent, and LIMIT_MAX at most, whatever is sent. Raises RefusedError."""
    digits = parameters.get("limit", str(LIMIT))
    limit = id_of(digits)
    if limit is None and digits.isascii() and digits.isdigit():
        limit = id_of(digits.lstrip("0")[:ID_DIGITS_MAX])  # more of them than any id has
    if not limit:
        raise RefusedError(422, "limit is a whole number from 1 on")
    return min(limit, LIMIT_MAX)


def range_of(parameters: Parameters) -> tuple[int | None, int | None]:
    """From which millisecond on, and before which: all of the second, or of the day, that `end_date` says is in it.
    None where nothing is said. Raises RefusedError.
    """
    start, end = _time(parameters, "start_date"), _time(parameters, "end_date")
    if end is not None:
        end += _SECOND_MS if ":" in parameters["end_date"] else _DAY_MS
    return start, end


def _time(parameters: Parameters, name: str) -> int | None:
    if name not in parameters:
        return None
    time_ms = read_time(parameters[name])
    if time_ms is None:
        raise refused(bad_time(name))
    return time_ms
