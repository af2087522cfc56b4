"""Kissmetrics' record. Clients of its Core API read the status of a failure, and people its message; the third Query
API has a form of its own. What posts reads nothing.
"""

from http import HTTPStatus

from tilde.dialects.dialect import Dialect, Manual, Paths, Told, Trial, as_json

CORE = "/core"
QUERIES_V1, QUERIES_V2, QUERIES_V3 = "/query", "/v2", "/v3"
OWN_HOSTS_V1 = "/v1"
"""Where the first Query API stood on a host of its own."""
EVENT = "/e"
SET = "/s"
ALIAS = "/a"
BATCHES = "/v1/products/"
MOBILE = "/m/trk"
KEY, PERSON, NAME, AT, AT_IS_SAID = "_k", "_p", "_n", "_t", "_d"
"""What an act says, and lines of an export but for the key and `_d`: of which product, who did it, what (of an
alias the other identity) and when, and whether that counts.
"""
OTHER = "_p2"
"""The other identity of an alias, as a line of an export has it. These are the kinds of lines:

{"_p": "ann@example.com", "_t": 1409324310, "_n": "Purchased", "amount": 99.95}     an event
{"_p": "ann@example.com", "_t": 1409324310, "plan": "Gold"}                         properties
{"_p": "anonymous-1", "_p2": "ann@example.com", "_t": 1409324310}                   an alias
"""
AT_MIN_S = 1_230_768_000
"""2009-01-01: nothing was kept of before."""
PEOPLE_SEARCH = "people_search"
"""The type of query that finds people; what a saved report asks unless its type is said."""
API_KEY = "api_key"
"""A token, as the first clients of queries sent it."""
KEY_SCRIPTS = ("/{tracking_key:hex40}.js", "/{tracking_key:hex40}.1.js", "/{tracking_key:hex40}.2.js")
PERSON_SCRIPT = "/i.js"
BASIC_CHALLENGE = {"www-authenticate": 'Basic realm="Kissmetrics"'}
_SAID_BY_V3 = {401: "Unauthenticated.", 403: "You are not authorized to access this page."}
HIT_HEADERS = {
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",  # for pages that ask everybody for leave
}


def _failed(path: str, status: int, message: str) -> Told:
    if not f"{path}/".startswith(f"{QUERIES_V3}/"):
        return as_json(message=message, error=HTTPStatus(status).phrase, status=status)
    return as_json(status=status, messages=[_SAID_BY_V3.get(status, message)])


_ROOTS = (CORE, QUERIES_V1, OWN_HOSTS_V1, QUERIES_V2, QUERIES_V3)
_READS = Paths(_failed, exact=frozenset(_ROOTS), below=tuple(f"{path}/" for path in _ROOTS))

KISSMETRICS = Dialect(
    "kissmetrics",
    posts=Paths(
        _failed,
        exact=frozenset({EVENT, SET, ALIAS, MOBILE, PERSON_SCRIPT}),
        below=(BATCHES,),
        patterns=KEY_SCRIPTS,
        headers=HIT_HEADERS,
    ),
    reads=_READS,
    slow=Paths(patterns=(f"{QUERIES_V3}/exports/{{export:str}}/file",)),
    https_only=_READS,
    key_parameters=(KEY, API_KEY),
    trial=Trial("Say what somebody did", "tracking_key", KEY, "_p=bob&_n=Signed+Up", EVENT, is_picture=True),
    report_type=PEOPLE_SEARCH,
    manual=Manual(
        "Kissmetrics",
        keys={"tracking_key": "The key that its pages and programs have at Kissmetrics already."},
        exports="Kissmetrics' own JSON lines",
    ),
)
