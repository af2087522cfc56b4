"""The bodies of queries, as /docs shows them and tries them out. The calls themselves read more spellings."""

from typing import Any

from api.kissmetrics.questions.filters import COMPARISON_MODES
from tilde.domain.people.question import Bound, Join

_DATE = {"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "Unix seconds, or ISO 8601."}
_DATES: dict[str, Any] = {"type": "object", "properties": {"start_date": _DATE, "end_date": _DATE}}
_ID = {"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "The number of a product, or its id."}
_NAMED = {"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "Its index, or its name."}
_FILTER: dict[str, Any] = {
    "type": "object",
    "description": "An event, a property, or a group: `operands` that hold together.",
    "properties": {
        "type": {"type": "string", "enum": ["event", "property", *Join]},
        "operands": {"type": "array", "items": {"type": "object"}},
        "negate": {"type": "boolean"},
        "event": _NAMED,
        "frequency_occurrence": {"type": "string", "enum": [*Bound]},
        "frequency_value": {"type": "integer", "minimum": 0},
        "property": _NAMED,
        "with_property": {"type": "boolean", "description": "The event came with such a value of the property."},
        "while_property": {
            "type": "boolean",
            "description": "What was last said of the property by then, with whatever, is such a value.",
        },
        "first_ever": {
            "type": "boolean",
            "description": "Of all times that it was done, or said, the first counts, where it is within the dates.",
        },
        "comparison_mode": {"type": "string", "enum": [*COMPARISON_MODES]},
        "comparison_string": {"type": "string"},
        "date_range": {"type": "object", "example": {"type": "preset", "preset": "last_7_days"}},
    },
    "example": {"type": "event", "event": "purchased"},
}
_PARAMS = {
    "type": "object",
    "properties": {"filter": _FILTER, "calculations": {"type": "array", "items": {"type": "object"}}},
}
_SORTED = {"sort": {"type": "string"}, "order": {"type": "string", "enum": ["asc", "desc"]}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


DONE: dict[int | str, dict[str, Any]] = {201: {"description": "It is done; Location says where its results are."}}
"""What a status is besides."""
RUN_V1 = _body({"type": "object", "properties": {"report": _DATES, "api_key": {"type": "string"}}})
RUN_V2 = _body(_DATES)
_RANGE = {"type": "string", "example": "last_30_days"}
_STEP = {"type": "string", "enum": ["hour", "day", "week", "month"]}
_WHICH = {"type": "string", "enum": ["first", "last"]}
OVER_TIME = _body({"type": "object", "properties": {**_DATES["properties"], "date_range": _RANGE, "step": _STEP}})
BY_SEGMENT = _body(
    {
        "type": "object",
        "required": ["property"],
        "properties": {"property": {"type": "string"}, "value": _WHICH, **_DATES["properties"], "date_range": _RANGE},
    }
)
METRIC_V3 = _body(
    {
        "type": "object",
        "required": ["metric_id"],
        "properties": {
            "metric_id": {**_ID, "description": "The number of a metric that is kept, or its id; the id of a stat."},
            "query_type": {"type": "string", "enum": ["metric", "metric_over_time"]},
            "date_range": _RANGE,
            "step": _STEP,
            **_SORTED,
        },
    }
)
SEARCH_V2 = _body({"type": "object", "properties": {"query_params": _PARAMS}})
QUERY_V3 = _body(
    {
        "type": "object",
        "required": ["product_id"],
        "properties": {
            "query_type": {"type": "string", "description": "`sql` unless it is said, where there is a statement."},
            "product_id": _ID,
            "query_params": _PARAMS,
            "statement": {"type": "string", "description": "Of SQL; it may stand in `query_params`, too."},
            **_SORTED,
        },
        "example": {"query_type": "people_count", "product_id": 1, "query_params": {"filter": _FILTER["example"]}},
    }
)
REPORT_V3 = _body(
    {
        "type": "object",
        "required": ["report_id"],
        "properties": {
            "report_id": {**_ID, "description": "The number of a report, or its id."},
            "date_range": {"type": "object", "example": {"type": "preset", "preset": "last_7_days"}},
            "query_type": {"type": "string", "description": "In place of the report's."},
            **_SORTED,
        },
    }
)
EXPORT_V3 = _body(
    {
        "type": "object",
        "required": ["export_type", "query_id"],
        "properties": {
            "export_type": {"type": "string", "enum": ["csv"]},
            "query_id": {"type": "string"},
            "options": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 255}}},
        },
    }
)
