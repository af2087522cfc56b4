"""Kissmetrics' record. Clients of its Core API read the status of a failure, and people its message; what posts reads
nothing.
"""

from http import HTTPStatus

from tilde.dialects.dialect import Dialect, Paths, Told, as_json

CORE = "/core"
EVENT = "/e"
SET = "/s"
ALIAS = "/a"
KEY = "_k"
KEY_SCRIPTS = ("/{tracking_key:hex40}.js", "/{tracking_key:hex40}.1.js", "/{tracking_key:hex40}.2.js")
PERSON_SCRIPT = "/i.js"
HIT_HEADERS = {
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",  # for pages that ask everybody for leave
}


def _failed(path: str, status: int, message: str) -> Told:
    return as_json(message=message, error=HTTPStatus(status).phrase, status=status)


_CORE_API = Paths(_failed, exact=frozenset({CORE}), below=(f"{CORE}/",))

KISSMETRICS = Dialect(
    "kissmetrics",
    posts=Paths(
        _failed, exact=frozenset({EVENT, SET, ALIAS, PERSON_SCRIPT}), patterns=KEY_SCRIPTS, headers=HIT_HEADERS
    ),
    reads=_CORE_API,
    https_only=_CORE_API,
    key_parameters=(KEY,),
)
