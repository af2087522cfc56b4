"""Clicky's record."""

from tilde.dialects.dialect import Dialect, Paths

JS = "/js"
SITE_JS = "/{site_id:int}.js"
IN = "/in.php"
PIXEL = "/{site_id:int}ns.gif"
HIT_HEADERS = {
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",  # for pages that ask everybody for leave
}

CLICKY = Dialect(name="clicky", posts=Paths(exact=frozenset({JS, IN}), patterns=(SITE_JS, PIXEL)))
