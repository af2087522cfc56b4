"""Filters of a people search, as the second and the third Query API write them, which differ in how names are spelled:

    {"type": "and", "operands": [
        {"type": "event", "event": 5, "frequencyValue": 2, "frequencyOccurrence": "at_least",
         "dateRange": {"dateRangeId": "last_7_days"}},
        {"type": "property", "property": "plan", "comparison_mode": "equals", "comparison_string": "Gold"}]}

An event or a property is said by its index or its name. A date range of a group holds for what is in it and has none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.kissmetrics.questions.fields import (
    DATES,
    FilterError,
    fields_beside,
    fields_of,
    flag_in,
    require_keys,
    said_in,
    whole_in,
    word_in,
)
from tilde.domain.people.asked_values import require_numbers
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
    QuestionError,
    Span,
    Times,
)
from tilde.domain.sites.dates import RELATIVE_DAYS
from tilde.domain.stats.numbers import natural

_EMPTY, _ANY_VALUE = "empty", "any_value"
_RANGE_IDS = ("type", "preset", "date_range_id")
_RANGE_KEYS = (*_RANGE_IDS, "start_date", "end_date", "date")
_BY_ONE_DATE = {"on": ("start_date", "end_date"), "after": ("start_date",), "before": ("end_date",)}
_CUSTOM, _ANY_TIME = "custom", "any_time"
_RELATIVE = tuple(each.replace("-", "_") for each in RELATIVE_DAYS)
_SO_FAR = tuple(f"{each}_to_date" for each in _RELATIVE if each.startswith("this_"))
DATE_RANGES = (_ANY_TIME, _CUSTOM, *_BY_ONE_DATE, *_RELATIVE, *_SO_FAR, "2014-07-17", "2014-07")
"""One of each form that a date range has."""
_COMPARISONS = {"in_range": Comparison.BETWEEN, **{each.value: each for each in Comparison}}
COMPARISON_MODES = {_ANY_VALUE: None, _EMPTY: None, **_COMPARISONS}
_BOTH_ENDS = 'comparison_string has both ends of a range, as "5,20"'
_BOUNDS = {bound.value: bound for bound in Bound}
_PROPERTY_KEYS = ("type", "negate", "property", "comparison_mode", "comparison_string", "first_ever", "date_range")
_EVENT_KEYS = ("event", "frequency_occurrence", "frequency_value", "with_property", "while_property", *_PROPERTY_KEYS)
_KEYS = {
    "group": ("type", "filter", "date_range"),
    **{join.value: ("type", "operands", "negate", "date_range") for join in Join},
    "event": _EVENT_KEYS,
    "property": _PROPERTY_KEYS,
}
_OPERANDS_MAX = 100
_INDEX_DIGITS_MAX = 9
_DEPTH_MAX = DEPTH_MAX + 2  # a group of one filter, which gives it a date range, is no level of the question


@dataclass(frozen=True, slots=True)
class FilterTerms:
    """What a filter refers to: names of events and of properties by index, and the span of a named range of days
    (`last-7-days`), or None where there is none of this name; and when it is that the product's clock shows something.
    """

    events: Mapping[int, str]
    properties: Mapping[int, str]
    days: Callable[[str], Span | None]
    instant: Callable[[datetime], int]


class Reader:
    """Reads filters of a product. Each call raises FilterError."""

    def __init__(self, terms: FilterTerms) -> None:
        self._terms = terms

    @property
    def properties(self) -> Mapping[int, str]:
        """Names of the product's properties, by index."""
        return self._terms.properties

    def part(self, said: Any, span: Span = EVER, depth: int = 0) -> Part:
        """The question that a filter asks; `span` is that of conditions without a date range."""
        fields = fields_of(said)
        if depth > _DEPTH_MAX:
            raise FilterError(f"groups are nested at most {DEPTH_MAX} deep")
        kind = fields.get("type")
        _require_known(fields, word_in(kind, _KEYS, "type"))
        span = self.span(fields.get("date_range"), span)
        if kind == "group":
            return self.part(fields.get("filter"), span, depth + 1)
        if kind == "event":
            return self._event(fields, span)
        if kind == "property":
            return self._property(fields, span)
        return self._group(Join(str(kind)), fields, span, depth)

    def _group(self, join: Join, fields: Mapping[str, Any], span: Span, depth: int) -> Group:
        operands = fields.get("operands")
        if not isinstance(operands, list) or len(operands) > _OPERANDS_MAX:
            raise FilterError(f"operands is a list of at most {_OPERANDS_MAX}")
        if fields.get("options") is not None:
            span = self.span(fields_of(fields["options"]).get("default_date_range"), span)
        parts = tuple(self.part(operand, span, depth + 1) for operand in operands)
        return Group(join, parts, flag_in(fields, "negate"))

    def _event(self, fields: Mapping[str, Any], span: Span) -> Did:
        event = self.event(fields)
        _require_property_of_comparison(fields)
        count = whole_in(fields.get("frequency_value", 1), "frequency_value")
        where = self._of_event(fields) if _is_with_property(fields) else None
        meanwhile = self._of_event(fields) if flag_in(fields, "while_property") else None
        if where is not None and where.negated:
            raise FilterError("comparison_mode empty: an event with a property says something of it")
        bound = word_in(said_in(fields, "frequency_occurrence", Bound.AT_LEAST.value), _BOUNDS, "frequency_occurrence")
        negated, is_first_ever = flag_in(fields, "negate"), flag_in(fields, "first_ever")
        return Did(event, span, Times(bound, count), where, negated, meanwhile, is_first_ever)

    def _of_event(self, fields: Mapping[str, Any]) -> Had:
        """What an event asks of its property: `negate` and `first_ever` are the event's own."""
        return self._property({**fields, "negate": False, "first_ever": False}, EVER)

    def _property(self, fields: Mapping[str, Any], span: Span) -> Had:
        name = self.property(fields)
        mode, text = said_in(fields, "comparison_mode", _ANY_VALUE), fields.get("comparison_string")
        negated, is_first_ever = flag_in(fields, "negate"), flag_in(fields, "first_ever")
        comparison = word_in(mode, COMPARISON_MODES, "comparison_mode")
        if is_first_ever and mode == _EMPTY:
            raise FilterError("comparison_mode empty: what was never said of a property has no first time")
        if comparison is None:
            if said_in(fields, "comparison_string") is not None:
                raise FilterError(f"comparison_string is {text!r}: comparison_mode {mode} compares with nothing")
            return Had(name, None, span, negated is not (mode == _EMPTY), is_first_ever)
        if not isinstance(text, str | int | float) or isinstance(text, bool):
            is_range = comparison is Comparison.BETWEEN
            raise FilterError(_BOTH_ENDS if is_range else "comparison_string is a text or a number")
        return Had(name, _compared(comparison, str(text), mode), span, negated, is_first_ever)

    def event(self, fields: Mapping[str, Any]) -> str:
        """The name of the event that is said by index or name."""
        return _named(fields, "event", self._terms.events)

    def property(self, fields: Mapping[str, Any]) -> str:
        """The name of the property."""
        return _named(fields, "property", self._terms.properties)

    def span(self, said: Any, default: Span) -> Span:
        """Of a date range, or of the name of one; `default` where there is none."""
        if said is None:
            return default
        fields = fields_of({"preset": said} if isinstance(said, str) else said, *_RANGE_KEYS)
        ids = (said_in(fields, name) for name in reversed(_RANGE_IDS))
        id_ = next((each for each in ids if each is not None), None)
        if id_ == _CUSTOM or (id_ is None and not fields.keys().isdisjoint({"start_date", "end_date"})):
            return self.dates(fields)
        if id_ == _ANY_TIME:
            return EVER
        if isinstance(id_, str) and id_ in _BY_ONE_DATE:
            return self._by_one_date(id_, fields)
        span = self._terms.days(id_.replace("_", "-").removesuffix("-to-date")) if isinstance(id_, str) else None
        if span is None:
            raise FilterError(f"date range {id_!r} is not known, or still to come: there are {', '.join(DATE_RANGES)}")
        return span

    def _by_one_date(self, id_: str, fields: Mapping[str, Any]) -> Span:
        """From a date on, up to it, or that day alone; the date is included."""
        if fields.get("date") is None:
            raise FilterError(f"date range {id_!r} has a date")
        return self.dates(dict.fromkeys(_BY_ONE_DATE[id_], fields["date"]))

    def within(self, fields: Mapping[str, Any], default: Span) -> Span:
        """Of the parameters of a query: its date range, or its start and its end; `default` where there is neither."""
        if fields.get("date_range") is not None:
            return self.span(fields["date_range"], default)
        return default if all(fields.get(name) is None for name in DATES) else self.dates(fields)

    def run(self, said: Mapping[str, Any]) -> Span:
        """Of the dates that a run is for, in what may say more: a date range, or a start and an end."""
        fields = fields_beside(said, *DATES, *_RANGE_IDS, "date")
        if fields.get("date_range") is None and not fields.keys().isdisjoint(_RANGE_IDS):
            return self.span({name: fields[name] for name in _RANGE_KEYS if name in fields}, EVER)
        return self.within(fields, EVER)

    def dates(self, fields: Mapping[str, Any]) -> Span:
        """From a start date to an end date, both included; without one it is the beginning, or the end, of all."""
        start, end = fields.get("start_date"), fields.get("end_date")
        since = EVER.since if start is None else self._first_second(start)
        span = Span(since, EVER.until if end is None else self._last_second(end) + 1)
        if span.since >= span.until:
            raise FilterError(f"a date range ends after it has begun: {start!r} is later than {end!r}")
        return span

    def _first_second(self, said: Any) -> int:
        """Of a time in unix seconds, or as ISO 8601 has it: without an offset it is that of the product's clock."""
        try:
            at = -1.0 if isinstance(said, bool) else float(said)
        except (TypeError, ValueError, OverflowError):
            at = self._instant(said)
        if not 0 <= at < EVER.until:
            raise FilterError(f"{said!r} is no time: unix seconds, or 2014-08-29T14:58:30Z")
        return int(at)

    def _last_second(self, said: Any) -> int:
        """The same; of a date without a time the last second of its day."""
        first = self._first_second(said)
        try:
            next_day = datetime.combine(date.fromisoformat(said) + timedelta(days=1), time.min)
        except (TypeError, ValueError):
            return first
        return self._terms.instant(next_day) - 1

    def _instant(self, said: Any) -> float:
        try:
            written = datetime.fromisoformat(said)
            return self._terms.instant(written) if written.tzinfo is None else written.timestamp()
        except (TypeError, ValueError, OverflowError):
            return -1.0


def _named(fields: Mapping[str, Any], what: str, by_index: Mapping[int, str]) -> str:
    said = said_in(fields, what)
    if said is None:
        raise FilterError(f"{what} is missing")
    if isinstance(said, int | str) and not isinstance(said, bool):
        index = natural(str(said).strip(), _INDEX_DIGITS_MAX)
        if index is not None and index in by_index:
            return by_index[index]
        if isinstance(said, str) and (name := name_of(said)):
            return name
    raise FilterError(f"{what} {said!r} is no index and no name of one")


def _is_with_property(fields: Mapping[str, Any]) -> bool:
    """Whether an event counts only with a property: as it says, or where it names one for nothing else."""
    if fields.get("with_property") is None:
        return said_in(fields, "property") is not None and not flag_in(fields, "while_property")
    return flag_in(fields, "with_property")


def _require_known(fields: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Raises FilterError for a key that means nothing. Of a range Kissmetrics had one for each end, by names that no
    source of ours has: who sends them is told where they go.
    """
    try:
        require_keys(fields, *keys)
    except FilterError as unknown:
        if _COMPARISONS.get(str(fields.get("comparison_mode"))) is not Comparison.BETWEEN:
            raise
        raise FilterError(f"{unknown}; {_BOTH_ENDS}") from None


def _require_property_of_comparison(fields: Mapping[str, Any]) -> None:
    """Raises FilterError where an event is compared, and nothing says what of it: all who did it would be found.
    Clients send `any_value` and empty fields where they ask nothing more; `with_property` says what it means.
    """
    mode = said_in(fields, "comparison_mode", _ANY_VALUE)
    word_in(mode, COMPARISON_MODES, "comparison_mode")
    is_compared = mode != _ANY_VALUE or said_in(fields, "comparison_string") is not None
    if is_compared and said_in(fields, "property") is None and fields.get("with_property") is None:
        raise FilterError("property is missing: comparison_mode and comparison_string say how one is compared")


def _compared(comparison: Comparison, text: str, mode: str) -> Compared:
    """Raises FilterError where a number is wanted, and is none."""
    is_range = comparison is Comparison.BETWEEN
    low, _, high = text.partition(",") if is_range else (text, "", "")
    compared = Compared(comparison, low, high)
    try:
        require_numbers(Had("", compared))
    except QuestionError:
        with_what = 'two numbers, as "5,20"' if is_range else "a number"
        raise FilterError(f"comparison_string is {text!r}: comparison_mode {mode} compares with {with_what}") from None
    return compared
