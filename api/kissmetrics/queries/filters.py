"""Filters of a people search, as the second and the third Query API write them, which differ in how names are spelled:

    {"type": "and", "operands": [
        {"type": "event", "event": 5, "frequencyValue": 2, "frequencyOccurrence": "at_least",
         "dateRange": {"dateRangeId": "last_7_days"}},
        {"type": "property", "property": "plan", "comparison_mode": "equals", "comparison_string": "Gold"}]}

An event or a property is said by its index or its name. A date range of a group holds for what is in it and has none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tilde.domain.people.names import name_of
from tilde.domain.people.question import (
    DEPTH_MAX,
    EVER,
    Bound,
    Compared,
    Comparison,
    Did,
    Group,
    Had,
    Join,
    Part,
    Span,
    Times,
)
from tilde.domain.stats.numbers import natural

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_MISSPELLED = {"frequency_occurance": "frequency_occurrence", "frequency_occurence": "frequency_occurrence"}
_EMPTY, _ANY_VALUE = "empty", "any_value"
_RANGE_IDS = {"type", "preset", "date_range_id", "dateRangeId"}
_RANGE = {"in_range", "between"}
_OPERANDS_MAX = 100
_INDEX_DIGITS_MAX = 9
_DEPTH_MAX = DEPTH_MAX + 2  # a group of one filter, which gives it a date range, is no level of the question


class FilterError(ValueError):
    """A filter that means nothing; the text says which part of it, and why."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a filter refers to: names of events and of properties by index, and the span of a named range of days
    (`last-7-days`), or None where there is none of this name; and when it is that the product's clock shows something.
    """

    events: Mapping[int, str]
    properties: Mapping[int, str]
    days: Callable[[str], Span | None]
    instant: Callable[[datetime], int]


class Reader:
    """Reads filters of a product. Each call raises FilterError."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def part(self, said: Any, span: Span = EVER, depth: int = 0) -> Part:
        """The question that a filter asks; `span` is that of conditions without a date range."""
        fields = fields_of(said)
        if depth > _DEPTH_MAX:
            raise FilterError(f"groups are nested at most {_DEPTH_MAX} deep")
        kind = fields.get("type")
        span = self.span(fields.get("date_range"), span)
        if kind == "group":
            return self.part(fields.get("filter"), span, depth + 1)
        if kind in {join.value for join in Join}:
            return self._group(Join(str(kind)), fields, span, depth)
        if kind == "event":
            return self._event(fields, span)
        if kind == "property":
            return self._property(fields, span)
        raise FilterError(f"type is {kind!r}: it is group, and, or, then, event or property")

    def _group(self, join: Join, fields: Mapping[str, Any], span: Span, depth: int) -> Group:
        operands = fields.get("operands")
        if not isinstance(operands, list) or len(operands) > _OPERANDS_MAX:
            raise FilterError(f"operands is a list of at most {_OPERANDS_MAX}")
        if "options" in fields:
            span = self.span(fields_of(fields["options"]).get("default_date_range"), span)
        parts = tuple(self.part(operand, span, depth + 1) for operand in operands)
        return Group(join, parts, _flag(fields, "negate"))

    def _event(self, fields: Mapping[str, Any], span: Span) -> Did:
        event = self.event(fields)
        count = whole_in(fields.get("frequency_value", 1), "frequency_value")
        where = None
        if _flag(fields, "with_property"):
            where = self._property({**fields, "negate": False}, EVER)
            if where.negated:
                raise FilterError("comparison_mode empty: an event with a property says something of it")
        times = Times(_bound(fields.get("frequency_occurrence") or Bound.AT_LEAST.value), count)
        return Did(event, span, times, where, _flag(fields, "negate"))

    def _property(self, fields: Mapping[str, Any], span: Span) -> Had:
        name = self.property(fields)
        mode, text = fields.get("comparison_mode") or _ANY_VALUE, fields.get("comparison_string")
        negated = _flag(fields, "negate")
        if mode in {_EMPTY, _ANY_VALUE}:
            return Had(name, None, span, negated is not (mode == _EMPTY))
        if not isinstance(text, str | int | float) or isinstance(text, bool):
            raise FilterError("comparison_string is a text or a number")
        return Had(name, _compared(mode, str(text)), span, negated)

    def event(self, fields: Mapping[str, Any]) -> str:
        """The name of the event that is said by index or name."""
        return _named(fields, "event", self._known.events)

    def property(self, fields: Mapping[str, Any]) -> str:
        """The name of the property."""
        return _named(fields, "property", self._known.properties)

    def span(self, said: Any, default: Span) -> Span:
        """Of a date range; `default` where there is none."""
        if said is None:
            return default
        fields = fields_of(said)
        id_ = fields.get("date_range_id") or fields.get("preset") or fields.get("type")
        if id_ == "custom":
            return self.dates(fields)
        if id_ == "any_time":
            return EVER
        named = str(id_).replace("_", "-").removesuffix("-to-date")
        span = self._known.days(named)
        if span is None:
            raise FilterError(f"date range {id_!r} is not known")
        return span

    def run(self, said: Mapping[str, Any]) -> Span:
        """Of the dates that a run is for: a date range, or a start and an end."""
        return self.dates(said) if said.keys().isdisjoint(_RANGE_IDS) else self.span(said, EVER)

    def dates(self, said: Any) -> Span:
        """From a start date to an end date, both included; without one it is the beginning, or the end, of all."""
        fields = fields_of(said)
        since, last = self._second(fields.get("start_date"), 0), self._second(fields.get("end_date"), EVER.until - 1)
        return Span(since, last + 1)

    def _second(self, said: Any, default: int) -> int:
        """Of a time in unix seconds, or as ISO 8601 has it: without an offset it is that of the product's clock."""
        if said is None:
            return default
        try:
            at = float(said)
        except (TypeError, ValueError):
            at = self._instant(said)
        if not 0 <= at < EVER.until:
            raise FilterError(f"{said!r} is no time: unix seconds, or 2014-08-29T14:58:30Z")
        return int(at)

    def _instant(self, said: Any) -> float:
        try:
            written = datetime.fromisoformat(said)
            return self._known.instant(written) if written.tzinfo is None else written.timestamp()
        except (TypeError, ValueError, OverflowError):
            return -1.0


def fields_of(said: Any) -> Mapping[str, Any]:
    """Of an object, with names as the third API spells them. Raises FilterError."""
    if not isinstance(said, dict):
        raise FilterError("a filter and its parts are objects")
    spelled = ((_CAPITAL.sub("_", name).lower(), value) for name, value in said.items())
    return {_MISSPELLED.get(name, name): value for name, value in spelled}


def _named(fields: Mapping[str, Any], what: str, by_index: Mapping[int, str]) -> str:
    said = fields.get(what)
    if isinstance(said, int | str) and not isinstance(said, bool):
        index = natural(str(said).strip(), _INDEX_DIGITS_MAX)
        if index is not None and index in by_index:
            return by_index[index]
        if isinstance(said, str) and (name := name_of(said)):
            return name
    raise FilterError(f"{what} {said!r} is no index and no name of one")


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    return fields.get(name) in (True, "true", 1, "1")


def whole_in(said: Any, name: str) -> int:
    """A whole number from 0 on, which a client may write as a text. Raises FilterError."""
    try:
        number = int(said)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if isinstance(said, bool) or not 0 <= number < EVER.until:
        raise FilterError(f"{name} is {said!r}: it is a whole number from 0 on")
    return number


def _bound(said: Any) -> Bound:
    try:
        return Bound(said)
    except ValueError:
        raise FilterError(f"frequency_occurrence is {said!r}: it is at_least, at_most or exactly") from None


def _compared(mode: Any, text: str) -> Compared:
    if mode in _RANGE:
        low, _, high = text.partition(",")
        return Compared(Comparison.BETWEEN, low, high)
    try:
        return Compared(Comparison(mode), text)
    except ValueError:
        modes = ", ".join([_ANY_VALUE, _EMPTY, *Comparison])
        raise FilterError(f"comparison_mode is {mode!r}: it is one of {modes}") from None
