"""Says who asks, for taking turns only: an address, and a key whose rights nobody has looked at."""

from fastapi import Request

from producers.web.clients import client_of
from producers.web.seats import Who
from tilde.dialects import known
from tilde.dialects.dialect import Dialect
from tilde.web.parameters import parse


def asker(request: Request) -> Who:
    """The address of whoever asks, and the key that he shows where his path's dialect has its keys; empty where he
    shows none.
    """
    path = request.scope["path"]
    return Who(client_of(request.scope).network, _key(request, path, known.DIALECTS.at(path)))


def _key(request: Request, path: str, dialect: Dialect) -> str:
    for header in dialect.key_headers:
        if key := request.headers.get(header, ""):
            return key
    below = next((below for below in dialect.tokens_below if path.startswith(below)), None)
    if below is not None:
        return below + path.removeprefix(below).partition("/")[0]
    if not dialect.key_parameters:
        return ""
    parameters = parse(request.scope["query_string"])
    return next((parameters[name] for name in dialect.key_parameters if name in parameters), "")
