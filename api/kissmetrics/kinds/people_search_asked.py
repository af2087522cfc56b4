"""A people search as clients write it, read: its filter, and the columns that it wants of each person.

{"type": "group", "filter": {...}, "defaultCalculationDateRange": {...},
"calculations": [{"type": "last_value_in_range", "subject": 3, "label": "Plan"}]}
"""

from typing import Any

from api.kissmetrics.questions.fields import DATES, FilterError, fields_of, require_keys, word_in
from api.kissmetrics.questions.filters import Reader
from tilde.domain.people.question import EVER, Group, Join, Span
from tilde.domain.people.search import OF_VALUES, Column, Search, Told

COLUMNS_MAX = 50
LABEL_MAX = 255
_KEYS = ("type", "filter", "calculations", "default_calculation_date_range", *DATES)
_COLUMN_KEYS = ("type", "subject", "subject_type", "event", "property", "date_range")
_TOLD = {
    "first_date_in_range": Told.FIRST_TIME,
    "last_date_in_range": Told.LAST_TIME,
    "total_times_in_range": Told.TIMES,
    "first_value_in_range": Told.FIRST_VALUE,
    "last_value_in_range": Told.LAST_VALUE,
}


def search_in(said: Any, reader: Reader, span: Span = EVER) -> Search:
    """Raises FilterError. Without a filter everybody is found."""
    fields = fields_of(said)
    if fields.get("type", "group") == "group":
        require_keys(fields, *_KEYS)
        span, filter_ = reader.within(fields, span), fields.get("filter")
    else:
        filter_, fields = said, {}
    question = Group(Join.ALL, ()) if filter_ is None else reader.part(filter_, span)
    of_columns = reader.span(fields.get("default_calculation_date_range"), span)
    calculations = fields.get("calculations") or []
    if not isinstance(calculations, list) or len(calculations) > COLUMNS_MAX:
        raise FilterError(f"calculations is a list of at most {COLUMNS_MAX}")
    return Search(question, tuple(_column(reader, each, of_columns) for each in calculations))


def _column(reader: Reader, said: Any, span: Span) -> Column:
    fields = fields_of(said, *_COLUMN_KEYS)
    told = word_in(fields.get("type"), _TOLD, "calculation type")
    is_property = told in OF_VALUES or fields.get("subject_type") == "property" or "property" in fields
    named = {**fields, "event": fields.get("event", fields.get("subject"))}
    named["property"] = fields.get("property", fields.get("subject"))
    name = reader.property(named) if is_property else reader.event(named)
    label = str(fields.get("label") or name)[:LABEL_MAX]
    return Column(told, name, is_property, reader.span(fields.get("date_range"), span), label)
