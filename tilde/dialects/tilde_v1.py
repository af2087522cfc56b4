"""The record of Tilde's own API."""

from tilde.dialects.dialect import Dialect, Paths
from tilde.own_paths import ROOT, SQL, STATS, activity_path

EXPORT = f"{ROOT}/export"
_OWN = Paths(exact=frozenset({STATS, EXPORT}), below=(f"{STATS}/", f"{EXPORT}/"))
"""An account's, with its token."""
_ALL = Paths(below=(f"{ROOT}/",))

TILDE_V1 = Dialect(
    "tilde_v1",
    posts=_ALL,
    reads=_OWN,
    reads_by_post=frozenset({f"{STATS}/find"}),
    slow=Paths(exact=frozenset({EXPORT, SQL}), patterns=(activity_path("{product:int}"),)),
    holders=_OWN,
    operators=_ALL,
)
