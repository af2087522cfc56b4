"""The dialects that Tilde speaks. Another one adds its record here, and no general room hears of its paths."""

from tilde.dialects.dialect import Paths
from tilde.dialects.stathat import STATHAT

DIALECTS = (STATHAT,)
READS = tuple(below for dialect in DIALECTS for below in dialect.reads.below)
TRIAL = next(dialect.trial for dialect in DIALECTS if dialect.trial is not None)
TOKENS_BELOW = tuple(below for dialect in DIALECTS for below in dialect.tokens_below)


def _failed(status: int, message: str) -> dict[str, object]:
    return {"detail": message}


_NOBODYS = Paths(_failed)
_SPOKEN = tuple(paths for dialect in DIALECTS for paths in (dialect.posts, dialect.reads))


def spoken_at(path: str) -> Paths:
    """Whose form a path's failures are told in: a dialect's, or that of all other paths, `{"detail": ..}`."""
    return next((paths for paths in _SPOKEN if paths.have(path)), _NOBODYS)
