"""Kissmetrics' record. Clients of its Core API read the status of a failure, and people its message."""

from http import HTTPStatus

from tilde.dialects.dialect import Dialect, Paths, Told, as_json

CORE = "/core"


def _failed(path: str, status: int, message: str) -> Told:
    return as_json(message=message, error=HTTPStatus(status).phrase, status=status)


KISSMETRICS = Dialect("kissmetrics", reads=Paths(_failed, exact=frozenset({CORE}), below=(f"{CORE}/",)))
