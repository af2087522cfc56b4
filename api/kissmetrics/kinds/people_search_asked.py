"""A people search as clients write it, read: its filter, and the columns that it wants of each person.

{"type": "group", "filter": {...}, "defaultCalculationDateRange": {...},
"calculations": [{"type": "last_value_in_range", "subject": 3, "label": "Plan"}]}

The second API says by an index what a column is of, the third by an operand:

{"type": "last_value_in_range", "label": "Plan", "date_range_label": "Today",
"subject": {"type": "property", "property": 3, "comparison_mode": "any_value", "date_range": "today"}}

One person is told by one of his identities:

{"type": "identity", "identity": "ann@example.com", "calculations": [...]}
"""

from collections.abc import Mapping
from typing import Any

from api.kissmetrics.questions.fields import DATES, FilterError, fields_of, require_keys, said_in, text_in, word_in
from api.kissmetrics.questions.filters import Reader
from tilde.domain.people.names import NAME_MAX
from tilde.domain.people.question import EVER, Did, Group, Had, Join, Part, Span
from tilde.domain.people.search import TELLING_VALUES, Column, Search, Tells

COLUMNS_MAX = 50
LABEL_MAX = 255
_OF_ALL = ("type", "calculations", "default_calculation_date_range", *DATES)
_KEYS = {"group": ("filter", *_OF_ALL), "identity": ("identity", *_OF_ALL)}
_COLUMN_KEYS = ("type", "subject", "subject_type", "event", "property", "date_range", "date_range_label")
_SUBJECTS = {"event": False, "property": True}
_TOLD = {
    "first_date_in_range": Tells.FIRST_TIME,
    "last_date_in_range": Tells.LAST_TIME,
    "total_times_in_range": Tells.TIMES,
    "first_value_in_range": Tells.FIRST_VALUE,
    "last_value_in_range": Tells.LAST_VALUE,
    "total_value_in_range": Tells.TOTAL,
    "min_value_in_range": Tells.LOWEST,
    "max_value_in_range": Tells.HIGHEST,
    "avg_value_in_range": Tells.AVERAGE,
    "median_value_in_range": Tells.MEDIAN,
}


def search_in(said: Any, reader: Reader, span: Span = EVER) -> Search:
    """Raises FilterError. Without a filter everybody is found."""
    fields = fields_of(said)
    kind = fields.get("type", "group")
    if not isinstance(kind, str) or kind not in _KEYS:
        return Search(reader.part(said, span))
    require_keys(fields, *_KEYS[kind])
    span, filter_ = reader.within(fields, span), fields.get("filter")
    who = _who(fields.get("identity")) if kind == "identity" else None
    question = Group(Join.ALL, ()) if filter_ is None else reader.part(filter_, span)
    of_columns = reader.span(fields.get("default_calculation_date_range"), span)
    calculations = said_in(fields, "calculations", [])
    if not isinstance(calculations, list) or len(calculations) > COLUMNS_MAX:
        raise FilterError(f"calculations is a list of at most {COLUMNS_MAX}")
    return Search(question, tuple(_column(reader, each, of_columns) for each in calculations), who)


def _who(said: Any) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= NAME_MAX:
        raise FilterError("identity is one of a person's identities, a text")
    return said


def _column(reader: Reader, said: Any, span: Span) -> Column:
    fields = fields_of(said, *_COLUMN_KEYS)
    told = word_in(fields.get("type"), _TOLD, "calculation type")
    if isinstance(fields.get("subject"), dict):
        name, is_property, span = _operand(reader.part(fields["subject"], span))
    else:
        is_property = told in TELLING_VALUES or _is_of_property(fields)
        name = _name(reader, fields, is_property=is_property)
    if told in TELLING_VALUES and not is_property:
        raise FilterError(f"{fields['type']} is of a property, and subject is an event")
    label = text_in(fields, "label", name)[:LABEL_MAX]
    return Column(told, name, is_property, reader.span(fields.get("date_range"), span), label)


def _is_of_property(fields: Mapping[str, Any]) -> bool:
    said = said_in(fields, "subject_type")
    return "property" in fields if said is None else word_in(said, _SUBJECTS, "subject_type") or "property" in fields


def _name(reader: Reader, fields: Mapping[str, Any], *, is_property: bool) -> str:
    kind = "property" if is_property else "event"
    named = {kind: fields.get(kind, fields.get("subject"))}
    return reader.property(named) if is_property else reader.event(named)


def _operand(part: Part) -> tuple[str, bool, Span]:
    """Of which event or property an operand is, whether it is a property, and its span."""
    if isinstance(part, Did) and part == Did(part.event, part.span):
        return part.event, False, part.span
    if isinstance(part, Had) and part == Had(part.property, None, part.span):
        return part.property, True, part.span
    raise FilterError("subject is an event or a property without conditions: a column is of all that was done, or said")
