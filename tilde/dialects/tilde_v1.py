"""The record of Tilde's own API, and the paths in it that others ask: the command line, and the edge itself."""

from urllib.parse import quote

from tilde.dialects.dialect import Dialect, Paths

ROOT = "/tilde/v1"
STATS = f"{ROOT}/stats"
ACCOUNTS = f"{ROOT}/accounts"
PRODUCTS = f"{ROOT}/products"
GENERATIONS = f"{ROOT}/generations"
PROGRESS = f"{ROOT}/progress"
EXPORT = f"{ROOT}/export"
SQL = f"{ROOT}/sql"
HOLDER = f"{ROOT}/holder"


def account_path(name: str, *rest: str) -> str:
    """The path of an account, or of something of it: of `("a b", "stats")` it is `/tilde/v1/accounts/a%20b/stats`."""
    return "/".join([ACCOUNTS, *(quote(part, safe="") for part in (name, *rest))])


def exists_path(short_id: str, account: str | None = None) -> str:
    """Where to ask whether a stat is in sight: of the token's account, or as the operator of the one of a name."""
    if account is not None:
        return account_path(account, "stats", short_id, "exists")
    return f"{STATS}/{quote(short_id, safe='')}/exists"


def samples_path(account: str) -> str:
    """Where an edge asks for a sample, as the operator of the account of a name."""
    return account_path(account, "samples")


TILDE_V1 = Dialect(
    reads=Paths(below=(STATS, EXPORT)),
    holders_below=(STATS, EXPORT),
    operators_below=(f"{ROOT}/",),
    reads_by_post=("/stats/find",),
    slow=frozenset({EXPORT, SQL}),
)
