"""What StatsMix's calls take, as /docs shows it and tries it out. The calls themselves read a parameter from wherever a
client puts it: query, form, parts, JSON.
"""

from collections.abc import Iterable
from typing import Any

_FORM = "application/x-www-form-urlencoded"
_ANSWER: dict[str, Any] = {"application/xml": {}, "application/json": {}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "XML, unless JSON is asked for.", "content": _ANSWER},
    "4XX": {"description": "Refused; the body says why.", "content": _ANSWER},
    "5XX": {"description": "Not at the moment; 503 and 504 may be tried again.", "content": _ANSWER},
}
"""The responses of each call."""
_KEY = {
    "name": "X-StatsMix-Token",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The account's key. It may stand in the parameter `api_key` instead.",
}
_TOLD = {
    "company": "The user's company.",
    "email": "The user's e-mail address.",
    "end_date": "The last day or moment that is in the list.",
    "format": "`xml` (unless said) or `json`; the path may end in it, too.",
    "generated_at": "When it happened; the moment of receipt unless sent.",
    "include_in_email": "1 or 0: whether the daily report has it.",
    "limit": "How many at most; 50 unless sent.",
    "m": "The id of a metric.",
    "meta": "JSON to keep with it.",
    "metric_id": "The id of the metric.",
    "metrics[]": "The name of a metric to make for the user; may be sent often.",
    "name": "The name.",
    "p": "The id of a profile.",
    "plan": "The user's plan.",
    "profile_id": "The id of the profile; the account's first one unless sent.",
    "ref_id": "An id of the sender's own: what is sent with it again is written over.",
    "sharing": "`public` or `none`.",
    "start_date": "The first day or moment that is in the list.",
    "time_zone": "An IANA time zone, `Europe/Berlin`.",
    "url": "A URL to show with it.",
    "v": "The number; 1 unless sent.",
    "value": "The number; 1 unless sent.",
}


def in_query(*names: str, needs: Iterable[str] = ()) -> dict[str, Any]:
    """The part of an OpenAPI operation that says what a call without a body takes: these, of which it needs some."""
    return {"parameters": [_KEY, *(_parameter(name, is_needed=name in set(needs)) for name in names)]}


def in_form(*names: str, needs: Iterable[str] = ()) -> dict[str, Any]:
    """The same of a call with a body."""
    schema: dict[str, Any] = {"type": "object", "properties": {name: _property(name) for name in names}}
    if needs:
        schema["required"] = list(needs)
    return {"parameters": [_KEY], "requestBody": {"content": {_FORM: {"schema": schema}}}}


def without_key(*names: str) -> dict[str, Any]:
    """The same of a call that takes a query and no key."""
    return {"parameters": [_parameter(name) for name in names]}


def _property(name: str) -> dict[str, Any]:
    return {"type": "string", "description": _TOLD[name]}


def _parameter(name: str, *, is_needed: bool = False) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "query", "required": is_needed, "schema": schema, "description": _TOLD[name]}
