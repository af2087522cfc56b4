"""The dialects that Tilde speaks. Another one adds its record here, and no general room hears of its paths."""

from tilde.dialects.dialect import Paths
from tilde.dialects.links import LINKS
from tilde.dialects.stathat import STATHAT
from tilde.dialects.statsmix.record import STATSMIX
from tilde.dialects.tilde_v1 import TILDE_V1

RECORDS = (STATHAT, STATSMIX, LINKS, TILDE_V1)
READS = tuple(below for dialect in RECORDS for below in dialect.reads.below)
TRIAL = next(dialect.trial for dialect in RECORDS if dialect.trial is not None)
TOKENS_BELOW = tuple(below for dialect in RECORDS for below in dialect.tokens_below)
HOLDERS_BELOW = tuple(below for dialect in RECORDS for below in dialect.holders_below)
OPERATORS_BELOW = tuple(below for dialect in RECORDS for below in dialect.operators_below)
READS_BY_POST = tuple(end for dialect in RECORDS for end in dialect.reads_by_post)
SLOW = frozenset(path for dialect in RECORDS for path in dialect.slow)
DATAGRAMS = tuple(setting for dialect in RECORDS for setting in dialect.datagrams)
_NOBODYS = Paths()
_SPOKEN = tuple(paths for dialect in RECORDS for paths in (dialect.posts, dialect.reads))


def spoken_at(path: str) -> Paths:
    """Whose form a path's failures are told in: a dialect's, or that of all other paths, `{"detail": ..}`."""
    return next((paths for paths in _SPOKEN if paths.have(path)), _NOBODYS)
