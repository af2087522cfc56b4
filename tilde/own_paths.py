"""The paths that Tilde itself says: those of its own API that the command line, watchers and an edge ask, which is a
dialect (`tilde/dialects/tilde_v1.py`), and where the links in its letters lead.
"""

from urllib.parse import quote

ROOT = "/tilde/v1"
STATS = f"{ROOT}/stats"
ACCOUNTS = f"{ROOT}/accounts"
PRODUCTS = f"{ROOT}/products"
TOKENS = f"{ROOT}/tokens"
SAVED_REPORTS = f"{ROOT}/reports"
KEPT_METRICS = f"{ROOT}/metrics"
VISITORS = f"{ROOT}/visitors"
GENERATIONS = f"{ROOT}/generations"
PROGRESS = f"{ROOT}/progress"
SQL = f"{ROOT}/sql"
DAYS = f"{ROOT}/days"
HOLDER = f"{ROOT}/holder"
OPENED = f"{ROOT}/opened"
"""Where a query API has an edge open what is sealed."""
SAMPLES_ASKED_MAX = 100  # one statement reads them all
LINES_MAX = 500  # of an export, in one request
LINE_BYTES_MAX = (1 << 20) - (1 << 10)  # of one line: the body that has it alone is a MiB, and brackets are around it
LINES_END, LEFT_OUT, TEXTS_LEFT_OUT = "_lines", "_left_out", "_texts_left_out"
"""Which key the last line of an export begins with, that says that it is whole."""
END_KEYS = {LINES_END, LEFT_OUT, TEXTS_LEFT_OUT}
"""All of that line."""
DAYS_ASKED_MAX = 500  # stats of a product, at one time
LINKS_BELOW = "/tilde/links/"
"""What the path of each link in a letter begins with; the link itself follows."""


def account_path(name: str, *rest: str) -> str:
    """The path of an account, or of something of it: of `("a b", "stats")` it is `/tilde/v1/accounts/a%20b/stats`."""
    return "/".join([ACCOUNTS, *(quote(part, safe="") for part in (name, *rest))])


def definitions_path(product: int | str) -> str:
    """Where what is said of a product's events, properties and metrics is read, and changed below."""
    return f"{PRODUCTS}/{product}/definitions"


def activity_path(product: int | str) -> str:
    """Where what a product's people did before is taken in, LINES_MAX at a time, and all that they did is told."""
    return f"{PRODUCTS}/{product}/activity"


def person_path(product: int | str) -> str:
    """Where a person of a product is shown with what he did."""
    return f"{PRODUCTS}/{product}/person"


def numbers_path(product: int | str) -> str:
    """Where an edge asks for the numbers of all identities of a person."""
    return f"{person_path(product)}/numbers"


def saved_reports_path(product: int | str) -> str:
    """Where a product's reports are read, and made."""
    return f"{PRODUCTS}/{product}/reports"


def questions_path(product: int | str) -> str:
    """Where an edge asks whether reports of a product could be run."""
    return f"{PRODUCTS}/{product}/questions"


def kept_metrics_path(product: int | str) -> str:
    """Where a product's metrics are read, and made."""
    return f"{PRODUCTS}/{product}/metrics"


def exists_path(short_id: str, account: str | None = None) -> str:
    """Where to ask whether a stat is in sight: of the token's account, or as the operator of the one of a name."""
    if account is not None:
        return account_path(account, "stats", short_id, "exists")
    return f"{STATS}/{quote(short_id, safe='')}/exists"


def samples_path(account: str) -> str:
    """Where an edge asks for SAMPLES_ASKED_MAX samples at most, as the operator of the account of a name."""
    return account_path(account, "samples")


def traffic_path(account: str) -> str:
    """Where an edge asks for the page views of the sites of the account of a name, likewise."""
    return account_path(account, "traffic")
