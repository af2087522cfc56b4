"""What a browser lets pages of other origins read: the reads of accounts, and the operator's API.

Authority is a token that the page itself sends, never a cookie or a client certificate, so credentials are not allowed.
Posts answer for themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from producers.query_api import HOLDERS, OPERATORS
from tilde.methods import METHODS

READS = ("/x/", "/a1/", *HOLDERS)
ANY = "*"
_HEADERS = "authorization, content-type, *"  # a star alone is not Authorization, and old browsers do not know it
_SHOWN = "allow, content-disposition, content-length, retry-after, www-authenticate"
_A_DAY_S = "86400"


@dataclass(frozen=True, slots=True)
class _Rule:
    origins: Sequence[str]
    methods: str

    def headers(self, origin: str | None) -> dict[str, str]:
        """What an answer says to a page of this origin."""
        if ANY in self.origins:
            return {"access-control-allow-origin": ANY}
        return {"access-control-allow-origin": origin} if origin is not None and origin in self.origins else {}


class Cors:
    """By settings: `reads` may be asked from these origins, `operators` from those; `*` is all of them."""

    def __init__(self, reads: Sequence[str] = (), operators: Sequence[str] = ()) -> None:
        self._reads = _Rule(reads, "GET, HEAD, OPTIONS")
        self._operators = _Rule(operators, ", ".join(METHODS))

    async def answers(self, scope: Scope, send: Send) -> bool:
        """Answers a preflight that is allowed. All others go on to the routes, and get no leave there."""
        rule = self._rule(scope["path"]) if scope["method"] == "OPTIONS" else None
        allowed = rule.headers(_origin(scope)) if rule is not None else {}
        if rule is None or not allowed:
            return False
        allowed |= {"access-control-allow-methods": rule.methods, "access-control-allow-headers": _HEADERS}
        headers = _with_vary(rule, allowed | {"access-control-max-age": _A_DAY_S, "allow": rule.methods})
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 204, "headers": raw})
        await send({"type": "http.response.body", "body": b""})
        return True

    def told(self, scope: Scope, send: Send) -> Send:
        """Sends an answer with what its reader's browser has to know; a refusal too, so that the page can say it."""
        rule = self._rule(scope["path"])
        if rule is None:
            return send
        allowed = rule.headers(_origin(scope))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                if allowed:
                    headers.update(allowed | {"access-control-expose-headers": _SHOWN})
                if ANY not in rule.origins:
                    headers.add_vary_header("Origin")
                message = {**message, "headers": headers.raw}
            await send(message)

        return sent

    def _rule(self, path: str) -> _Rule | None:
        rule = None
        if path.startswith(READS):
            rule = self._reads
        elif path.startswith(OPERATORS):
            rule = self._operators
        return rule if rule is not None and rule.origins else None


def _origin(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)


def _with_vary(rule: _Rule, headers: dict[str, str]) -> dict[str, str]:
    return headers if ANY in rule.origins else headers | {"vary": "Origin"}


NO_CORS = Cors()
