"""The bodies of queries, as /docs shows them and tries them out. The calls themselves read more spellings."""

from typing import Any

_DATE = {"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "Unix seconds, or ISO 8601."}
_DATES = {"type": "object", "properties": {"start_date": _DATE, "end_date": _DATE}}
_ID = {"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "The number of a product, or its id."}
_FILTER = {"type": "object", "example": {"type": "event", "event": "purchased"}}
_PARAMS = {
    "type": "object",
    "properties": {"filter": _FILTER, "calculations": {"type": "array", "items": {"type": "object"}}},
}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


DONE: dict[int | str, dict[str, Any]] = {201: {"description": "It is done; Location says where its results are."}}
"""What a status is besides."""
RUN_V1 = _body({"type": "object", "properties": {"report": _DATES}})
RUN_V2 = _body(_DATES)
SEARCH_V2 = _body({"type": "object", "properties": {"query_params": _PARAMS}})
QUERY_V3 = _body(
    {
        "type": "object",
        "required": ["query_type", "product_id"],
        "properties": {"query_type": {"type": "string"}, "product_id": _ID, "query_params": _PARAMS},
        "example": {"query_type": "people_count", "product_id": 1, "query_params": {"filter": _FILTER["example"]}},
    }
)
