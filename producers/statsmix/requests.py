"""The parameters of a request, however its client sends them: in the query, in a form, also one of a GET or a DELETE or
one without a content type, or as multipart. The query counts before the body, and an empty value is an absent one.
"""

from collections.abc import Iterator, Sequence

from fastapi import Request

from producers.statsmix.reasons import Reason, Rejection
from producers.web.bounded_bodies import CutOffError, TooLongError, bounded_body
from tilde.dialects.statsmix.answers import split_form
from tilde.dialects.statsmix.record import KEY_PARAMETER, TOKEN_HEADER
from tilde.domain.stats.fanout import trimmed
from tilde.web.multipart import is_multipart, parts_of
from tilde.web.parameters import PAIRS_MAX, Parameters, parse, text

FORM_BYTES_MAX = 128 << 10  # a name, a ref and the longest meta, percent-encoded
METRICS_PARAMETER = "metrics[]"
METRICS_MAX = 100  # each is a command, some milliseconds
_NAMES_OF_METRICS = (b"metrics[]", b"metrics%5B%5D", b"metrics%5b%5d")


class Sent(dict[str, str]):
    """Parameters by their names. `metrics` are the values of the one that may come often, `metrics[]`."""

    metrics: Sequence[str] = ()


async def parameters_of(request: Request) -> Sent:
    """All of them. Raises Rejection."""
    query = bytes(request.scope["query_string"])
    body = await _body(request)
    content_type = request.headers.get("content-type", "")
    if not is_multipart(content_type):
        sent = Sent(parse(query, body))
        sent.metrics = _many(list(_pairs(query)) + list(_pairs(body)))
        return sent
    parts = list(parts_of(content_type, body))
    sent = Sent(parse(query))
    for name, value in parts:
        if value:
            sent.setdefault(name, value)
    sent.metrics = _many(list(_pairs(query)) + parts)
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
    except TooLongError:
        raise Rejection(Reason.BODY_TOO_LONG) from None
    except CutOffError:
        raise Rejection(Reason.BODY_CUT_OFF) from None


def bare(last: str) -> str:
    """What the last part of a path names, an id or a ref, read as in a parameter: without the form at its end, and
    without what nobody sees around it.
    """
    return trimmed(split_form(trimmed(last))[0])


def key_of(request: Request, parameters: Parameters) -> str:
    """The key of a header, or of a parameter. Raises Rejection."""
    key = key_in(request.headers.get(TOKEN_HEADER, ""), parameters)
    if not key:
        raise Rejection(Reason.NO_KEY)
    return key


def key_in(token: str, parameters: Parameters) -> str:
    """The same, of the header `token`; empty where neither has one."""
    return token.strip() or trimmed(parameters.get(KEY_PARAMETER, ""))
