"""The record of Tilde's own API."""

from tilde.dialects.dialect import Dialect, Paths
from tilde.own_paths import ROOT, SQL, STATS

EXPORT = f"{ROOT}/export"

TILDE_V1 = Dialect(
    reads=Paths(below=(STATS, EXPORT)),
    holders_below=(STATS, EXPORT),
    operators_below=(f"{ROOT}/",),
    reads_by_post=("/stats/find",),
    slow=frozenset({EXPORT, SQL}),
)
