"""Clicky's record."""

from tilde.dialects.dialect import Dialect, Paths

JS = "/js"
SITE_JS = "/{site_id:int}.js"

CLICKY = Dialect(name="clicky", posts=Paths(exact=frozenset({JS}), patterns=(SITE_JS,)))
