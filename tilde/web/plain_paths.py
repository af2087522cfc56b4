"""Paths as clients write them. A base URL that ends in `/` makes `//v2` of `/v2`, habit makes `/v2/` of it: both are
served as the plain form, not redirected to it, since a post does not survive that. A token read from a file has the
line end behind it, `/TOKEN%0A/list`, which is no part of the token.
"""

import re
from urllib.parse import quote, unquote

from starlette.types import Scope

from tilde.web.parameters import decoded, percent_decoded

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"  # what bytes become that are no UTF-8
# Of a part. Each run is looked at once, however long it is: the second half begins where a run does, or not at all.
_LINE_END = re.compile(rb"^(?:%0[AaDd])++|(?<!%0[AaDd])(?:%0[AaDd])++$")


def with_plain_path(scope: Scope) -> Scope:
    """A request with its path made plain: slashes single and none at the end, no line end around a part. A slash
    that is encoded (%2F) belongs to a token or a name. What is no UTF-8 is read as in a parameter.
    """
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    is_plain = b"//" not in raw and (raw == b"/" or not raw.endswith(b"/")) and b"%0" not in raw
    if is_plain and _UNREADABLE not in scope["path"]:
        return scope
    parts = raw.split(b"/")
    if b"%0" in raw:
        parts = [_LINE_END.sub(b"", part) if b"%0" in part else part for part in parts]
    plain = b"/" + b"/".join(filter(None, parts))
    path = unquote(plain.decode("latin-1"))
    return {**scope, "raw_path": plain, "path": _as_parameters(plain) if _UNREADABLE in path else path}


def _as_parameters(raw: bytes) -> str:
    """Each part for itself: they may be of several encodings."""
    return "/".join(decoded(percent_decoded(part)) for part in raw.split(b"/"))
