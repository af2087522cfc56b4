"""The parameters of a request, and the one among them that may come often."""

from collections.abc import Iterator, Sequence

from fastapi import Request

from producers.statsmix.reasons import Reason, Rejection
from producers.web.bounded_bodies import BodyError, bounded_body
from tilde.dialects.statsmix.record import TOKEN_HEADER
from tilde.dialects.statsmix.requests import key_in
from tilde.domain.texts import trimmed
from tilde.web.forms import parameters_in
from tilde.web.multipart import is_multipart, parts_of
from tilde.web.parameters import PAIRS_MAX, Parameters, text

FORM_BYTES_MAX = 128 << 10  # a name, a ref and the longest meta, percent-encoded
METRICS_PARAMETER = "metrics[]"
METRICS_MAX = 100  # each is a command, some milliseconds
_NAMES_OF_METRICS = (b"metrics[]", b"metrics%5B%5D", b"metrics%5b%5d")


class SentFields(dict[str, str]):
    """Parameters by their names. `metrics` are the values of the one that may come often, `metrics[]`."""

    metrics: Sequence[str] = ()


async def parameters_of(request: Request) -> SentFields:
    """All parameters of a request, of its query and of its body. Raises Rejection."""
    query, content_type = bytes(request.scope["query_string"]), request.headers.get("content-type", "")
    body = await _body(request)
    sent = SentFields(parameters_in(query, body, content_type))
    in_body = parts_of(content_type, body) if is_multipart(content_type) else _pairs(body)
    sent.metrics = _many([*_pairs(query), *in_body])
    return sent


def _pairs(source: bytes) -> Iterator[tuple[str, str]]:
    if any(name in source for name in _NAMES_OF_METRICS):
        for pair in source.split(b"&", PAIRS_MAX)[:PAIRS_MAX]:
            name, _, value = pair.partition(b"=")
            yield text(name), text(value)


def _many(pairs: list[tuple[str, str]]) -> list[str]:
    """Raises Rejection."""
    named = list(dict.fromkeys(value for name, value in pairs if trimmed(name) == METRICS_PARAMETER and value))
    if len(named) > METRICS_MAX:
        raise Rejection(Reason.BAD_SETTING, f"at most {METRICS_MAX} metrics are made with a user")
    return named


async def _body(request: Request) -> bytes:
    try:
        return await bounded_body(request, FORM_BYTES_MAX)
    except BodyError as error:
        raise Rejection(Reason(error.fault)) from None


def key_of(request: Request, parameters: Parameters) -> str:
    """The key of a header, or of a parameter. Raises Rejection."""
    key = key_in(request.headers.get(TOKEN_HEADER, ""), parameters)
    if not key:
        raise Rejection(Reason.NO_KEY)
    return key
