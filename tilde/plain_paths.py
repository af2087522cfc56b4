"""Paths as clients write them. A base URL that ends in `/` makes `//ez` of `/ez`, habit makes `/ez/` of it: both are
served as the plain form, not redirected to it, since a post does not survive that.
"""

from urllib.parse import quote, unquote

from starlette.types import Scope


def with_plain_path(scope: Scope) -> Scope:
    """The same request, slashes single and none at the end. One that is encoded (%2F) belongs to a token or a name."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    if b"//" not in raw and (raw == b"/" or not raw.endswith(b"/")):
        return scope
    plain = b"/" + b"/".join(filter(None, raw.split(b"/")))
    return {**scope, "raw_path": plain, "path": unquote(plain.decode("latin-1"))}
