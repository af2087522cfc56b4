"""Which page of a list is asked for: `limit`, `offset` and `envelope` of a request, and what the documentation says of
them.
"""

from typing import Annotated

from fastapi import Depends, Query, Request

from api.web.refused import RefusedError
from tilde.domain.stats.numbers import natural

LIMIT, LIMIT_MAX = 20, 10_000
LIMIT_OF_QUERIES = 50
OFFSET_DIGITS_MAX = 15

_Limit = Annotated[str | None, Query(description="How many items: 1 to 10,000, 20 unless it is said.")]
_RowLimit = Annotated[str | None, Query(description="How many: 1 to 10,000, 50 unless it is said.", alias="limit")]
_Offset = Annotated[str | None, Query(description="How many items to pass over.")]
_Envelope = Annotated[str | None, Query(description="`false`: the list alone, as an array.")]


async def _of_list(limit: _Limit = None, offset: _Offset = None, envelope: _Envelope = None) -> None:
    """Says in the documentation what lists of the Core API read."""


async def _of_page(limit: _RowLimit = None, offset: _Offset = None) -> None:
    """Says in the documentation what pages of the Query APIs read."""


OF_LIST, OF_PAGE = [Depends(_of_list)], [Depends(_of_page)]
"""Dependencies of routes: they describe alone, since who may not ask is refused before what he asks is read."""


def page_in(request: Request, limit: int) -> tuple[int, int]:
    """From which item on, and how many: `limit` where none is sent. Raises RefusedError."""
    limit, offset = _number(request, "limit", limit), _number(request, "offset", 0)
    if not 1 <= limit <= LIMIT_MAX:
        raise RefusedError(400, f"limit is a whole number from 1 to {LIMIT_MAX}")
    return offset, limit


def is_without_envelope(request: Request) -> bool:
    """Whether a list is wanted alone."""
    return request.query_params.get("envelope", "").strip().lower() == "false"


def _number(request: Request, name: str, otherwise: int) -> int:
    """Raises RefusedError."""
    text = request.query_params.get(name, "").strip()
    if not text:
        return otherwise
    number = natural(text, OFFSET_DIGITS_MAX)
    if number is None:
        raise RefusedError(400, f"{name} is a whole number")
    return number
