"""What the body of a request says, in JSON."""

import json
from codecs import BOM_UTF8
from typing import Any

import orjson
from fastapi import Request

from api.web.refused import RefusedError
from tilde.domain.people.naming import texts_in
from tilde.domain.texts import is_text


async def body_object(request: Request) -> dict[str, Any]:
    """The object that it is. Raises RefusedError."""
    body = await request.body()
    try:
        said = json_in(body)
    except orjson.JSONDecodeError:
        half = "a text in the body has half a surrogate pair, as \\ud83d without \\ude00 behind it"
        raise RefusedError(400, half if _has_half_a_pair(body) else "the body is no JSON") from None
    return object_in(said)


def json_in(body: bytes) -> Any:
    """What a body says; a byte order mark before it is passed over. Raises orjson.JSONDecodeError."""
    return orjson.loads(body.removeprefix(BOM_UTF8))


def _has_half_a_pair(body: bytes) -> bool:
    """Whether it is JSON but for that: a grammar allows it, and no text has it."""
    try:
        return not all(map(is_text, texts_in(json.loads(body.decode("utf-8-sig")))))
    except (ValueError, RecursionError):
        return False


async def object_if_any(request: Request) -> dict[str, Any]:
    """The object that it is; an empty one where there is no body. Raises RefusedError."""
    return await body_object(request) if await request.body() else {}


def object_in(said: Any) -> dict[str, Any]:
    """Raises RefusedError for any other JSON."""
    if not isinstance(said, dict):
        raise RefusedError(400, "the body is an object")
    return said
