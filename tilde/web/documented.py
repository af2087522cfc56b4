"""What the OpenAPI document says of answers: of which types their bodies are. Failures are told in the form of the
dialect whose path an operation has.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tilde.dialects import known
from tilde.dialects.dialect import Told

FAILURES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused; the body says why."},
    "5XX": {"description": "Not at the moment; 503 and 504 may be tried again."},
}
"""Responses of every operation, in place of the 422 that FastAPI would add: its form is not ours."""
_STATUSES = {"4XX": HTTPStatus.NOT_FOUND, "5XX": HTTPStatus.SERVICE_UNAVAILABLE}
_VARIABLE = re.compile(r"\{\w+(?::(\w+))?\}")
_OF_KIND = {"int": "1", "hex40": "0" * 40}
_TYPES = {str: "string", int: "integer"}


def told_as(*media_types: str, status: int | str = 200) -> dict[int | str, dict[str, Any]]:
    """What a route's `responses` say of bodies that are no JSON, or not always."""
    return {status: {**FAILURES.get(status, {}), "content": {media_type: {} for media_type in media_types}}}


def tell_failures(document: dict[str, Any], written: Mapping[str, str]) -> None:
    """Says in a document how failures look, where their route does not say it. `written` has its paths as routes have
    them, with the kinds of variables.
    """
    for shown, operations in document["paths"].items():
        asked = _VARIABLE.sub(lambda variable: _OF_KIND.get(variable[1], "x"), written[shown])
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status in _STATUSES and "content" not in response:
                    response["content"] = _content(asked, _STATUSES[status])


def _content(path: str, status: HTTPStatus) -> dict[str, Any]:
    told = known.DIALECTS.spoken_at(path).failure(path, status, "why it has failed")
    return {told.media_type: _shown(told)}


def _shown(told: Told) -> dict[str, Any]:
    if told.media_type != "application/json":
        return {"example": told.body.decode()}
    example = json.loads(told.body)
    return {"schema": _schema(example), "example": example}


def _schema(example: Any) -> dict[str, Any]:
    """What all failures have that look as this one."""
    match example:
        case dict():
            members = {name: _schema(member) for name, member in example.items()}
            return {"type": "object", "required": list(members), "properties": members}
        case list():
            return {"type": "array", "items": _schema(example[0])}
    return {"type": _TYPES[type(example)]}
