"""What a browser lets pages of other origins read: the reads of accounts, and the operator's API.

Authority is a token that the page itself sends, never a cookie or a client certificate, so credentials are not allowed.
Posts answer for themselves.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from tilde.dialects import known
from tilde.web.methods import METHODS

ANY = "*"
_HEADERS = "authorization, content-type, *"  # a star alone is not Authorization, and old browsers do not know it
_SHOWN = "allow, content-disposition, content-length, retry-after, www-authenticate"
_A_DAY_S = "86400"

MethodsAt = Callable[[Scope], Awaitable[Collection[str] | None]]
"""Asks which methods a path has; None where nobody can tell at the moment, an empty answer where it has none."""


@dataclass(frozen=True, slots=True)
class _Rule:
    origins: Sequence[str]
    methods: Sequence[str]

    def headers(self, origin: str | None) -> dict[str, str]:
        """What an answer says to a page of this origin."""
        if ANY in self.origins:
            return {"access-control-allow-origin": ANY}
        return {"access-control-allow-origin": origin} if origin is not None and origin in self.origins else {}


class Cors:
    """Answers browsers by settings: `reads` may be asked from these origins, `operators` from those; `*` is all of
    them.
    """

    def __init__(self, reads: Sequence[str] = (), operators: Sequence[str] = ()) -> None:
        self._reads = _Rule(reads, ("GET", "HEAD", "OPTIONS"))
        self._reads_by_post = _Rule(reads, ("POST", "OPTIONS"))
        self._operators = _Rule(operators, METHODS)

    async def answers(self, scope: Scope, send: Send, methods_at: MethodsAt) -> bool:
        """Answers a preflight that is allowed. All others go on to the routes, and get no leave there.

        It names the methods that the path has, of those that the rule allows; all of these where the path is nobody's
        or the query API is away, so that the page can read why. Where none is left, as where a path only deletes,
        there is no leave: browsers ask nothing of a preflight's list before a POST.
        """
        rule = self._rule(scope["path"]) if scope["method"] == "OPTIONS" else None
        allowed = rule.headers(_origin(scope)) if rule is not None else {}
        if rule is None or not allowed:
            return False
        known = await methods_at(scope)
        named = [method for method in rule.methods if not known or method in known or method == "OPTIONS"]
        if named == ["OPTIONS"]:
            return False
        told, lasts = ", ".join(named), _A_DAY_S if known else "0"
        allowed |= {"access-control-allow-methods": told, "access-control-allow-headers": _HEADERS}
        headers = _with_vary(rule, allowed | {"access-control-max-age": lasts, "allow": told})
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 204, "headers": raw})
        await send({"type": "http.response.body", "body": b""})
        return True

    def sending_headers(self, scope: Scope, send: Send) -> Send:
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
        rule, dialect = None, known.DIALECTS.at(path)
        if path in dialect.reads_by_post:
            rule = self._reads_by_post
        elif dialect.reads.have(path):
            rule = self._reads
        elif dialect.operators.have(path):
            rule = self._operators
        return rule if rule is not None and rule.origins else None


def _origin(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)


def _with_vary(rule: _Rule, headers: dict[str, str]) -> dict[str, str]:
    return headers if ANY in rule.origins else headers | {"vary": "Origin"}


NO_CORS = Cors()
