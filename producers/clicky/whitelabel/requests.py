"""What a request of the white label API says: in the query, in a form, or as multipart, as PHP posts arrays. The query
counts before the body, and an empty value is an absent one.
"""

import re
from dataclasses import dataclass

from fastapi import Request

from producers.web.bounded_bodies import bounded_body
from tilde.domain.catalog.state import Account
from tilde.domain.stats.numbers import natural
from tilde.domain.texts import trimmed
from tilde.web.multipart import is_multipart, parts_of
from tilde.web.parameters import PAIRS_MAX, Parameters, parse, text

BODY_BYTES_MAX = 64 << 10
ID_DIGITS_MAX = 15
_FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
"""The service's own is 1; the others are what people write, who were told OK and saw nothing done."""
_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SentCall:
    """Parameters by their names; `blank` are names that were sent with nothing."""

    parameters: Parameters
    blank: frozenset[str] = frozenset()

    def get(self, name: str) -> str | None:
        """Without what nobody sees around it; None where nothing was sent, or nothing but that."""
        return trimmed(self.parameters.get(name, "")) or None

    def as_is(self, name: str) -> str | None:
        """A text as it was sent, blanks too."""
        return self.parameters.get(name)

    def id(self, name: str) -> int:
        """The number that was sent; 0, which is nobody's id, where it was none."""
        return natural(self.get(name) or "", ID_DIGITS_MAX) or 0

    def flag(self, name: str) -> bool | None:
        """Whether 1 or 0 was sent, or such a word; None where it was something else."""
        return _FLAGS.get((self.get(name) or "").lower())

    def is_set(self, name: str) -> bool:
        """Whether 1 was sent, or a word that says yes."""
        return self.flag(name) is True

    def href(self, name: str) -> str | None:
        """An href of http or https; None of everything else, `javascript:` first of all: a page will have it."""
        said = self.get(name)
        return said if said is not None and _ADDRESS.match(said) else None


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose sender is known: a white label."""

    account: Account
    sent: SentCall


async def read(request: Request) -> SentCall:
    """The parameters of a request. Raises BodyError."""
    query = bytes(request.scope["query_string"])
    body = await bounded_body(request, BODY_BYTES_MAX)
    content_type = request.headers.get("content-type", "")
    if not is_multipart(content_type):
        return SentCall(parse(query, body), frozenset(_blank(query)) | frozenset(_blank(body)))
    parameters, blank = parse(query), set(_blank(query))
    for name, value in parts_of(content_type, body):
        if value:
            parameters.setdefault(name, value)
        else:
            blank.add(name)
    return SentCall(parameters, frozenset(blank))


def _blank(source: bytes) -> set[str]:
    pairs = (pair.partition(b"=") for pair in source.split(b"&", PAIRS_MAX)[:PAIRS_MAX])
    return {trimmed(text(name)) for name, sign, value in pairs if sign and not value}
