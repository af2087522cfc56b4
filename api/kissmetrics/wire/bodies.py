"""What the body of a request says, in JSON."""

from typing import Any

import orjson
from fastapi import Request

from api.web.refused import RefusedError


async def body_object(request: Request) -> dict[str, Any]:
    """The object that it is. Raises RefusedError."""
    try:
        said = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise RefusedError(400, "the body is no JSON") from None
    return object_in(said)


async def object_if_any(request: Request) -> dict[str, Any]:
    """The object that it is; an empty one where there is no body. Raises RefusedError."""
    return await body_object(request) if await request.body() else {}


def object_in(said: Any) -> dict[str, Any]:
    """Raises RefusedError for any other JSON."""
    if not isinstance(said, dict):
        raise RefusedError(400, "the body is an object")
    return said
