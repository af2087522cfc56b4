"""A query of thousands of parameters costs no route more than a few milliseconds: FastAPI takes all of a query apart
for whatever route, 25 ms for 64 KiB, before anybody is asked who he is.
"""

from starlette.types import Scope

from tilde.dialects import known
from tilde.web.parameters import PAIRS_MAX, first_pairs

_WHOLE = "tilde.whole_query"
TOO_MANY = f"a query has at most {PAIRS_MAX:,} parameters; more ids can stand in the body, as JSON"


class TooManyParametersError(Exception):
    """What Tilde's own API is to do may stand behind the last one that is read: it could be another product's."""


def with_short_query(scope: Scope) -> Scope:
    """A request with its query as dialects read it: the first PAIRS_MAX parameters. Raises TooManyParametersError where
    Tilde's own API is to change something.
    """
    query: bytes = scope["query_string"]
    if len(query) <= PAIRS_MAX or query.count(b"&") < PAIRS_MAX:
        return scope
    if scope["method"] not in ("GET", "HEAD") and _is_own(scope["path"]):
        raise TooManyParametersError
    return {**scope, "query_string": first_pairs(query), _WHOLE: query}


def whole_query(scope: Scope) -> bytes:
    """The query as it was sent, for who passes it on."""
    return bytes(scope.get(_WHOLE, scope["query_string"]))


def _is_own(path: str) -> bool:
    dialect = known.DIALECTS.at(path)
    return dialect.holders.have(path) or dialect.operators.have(path)
