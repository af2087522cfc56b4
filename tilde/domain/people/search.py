"""A people search: a question, and what is to be told of each person of whom it holds; and both as JSON, for what is
asked now and answered later.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from tilde.domain.people.question import (
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
    Values,
)


class Tells(StrEnum):
    """What a column tells of an event or a property, within its span."""

    TIMES = "times"
    FIRST_TIME = "first_time"
    LAST_TIME = "last_time"
    FIRST_VALUE = "first_value"
    LAST_VALUE = "last_value"
    TOTAL = "total"
    LOWEST = "lowest"
    HIGHEST = "highest"
    AVERAGE = "average"
    MEDIAN = "median"


TELLING_TIMES = frozenset({Tells.FIRST_TIME, Tells.LAST_TIME})
TELLING_NUMBERS = frozenset({Tells.TOTAL, Tells.LOWEST, Tells.HIGHEST, Tells.AVERAGE, Tells.MEDIAN})
"""Of those values of a property that are numbers."""
TELLING_VALUES = frozenset({Tells.FIRST_VALUE, Tells.LAST_VALUE}) | TELLING_NUMBERS


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a search. A value is that of a property."""

    told: Tells
    name: str
    is_property: bool
    span: Span
    label: str


@dataclass(frozen=True, slots=True)
class Search:
    """`question` may have values that are not found out yet. With `who`, one of his identities, one person is meant."""

    question: Part
    columns: tuple[Column, ...] = ()
    who: str | None = None


def search_json(search: Search) -> str:
    """A search as JSON, which `search_of` reads."""
    columns = [asdict(column) for column in search.columns]
    said = {"question": part_said(search.question), "columns": columns, "who": search.who}
    return json.dumps(said, ensure_ascii=False)


def search_of(text: str) -> Search:
    """The search that `search_json` wrote."""
    said = json.loads(text)
    columns = (
        Column(Tells(each["told"]), each["name"], each["is_property"], Span(**each["span"]), each["label"])
        for each in said["columns"]
    )
    return Search(part_of(said["question"]), tuple(columns), said.get("who"))


def part_said(part: Part) -> dict[str, Any]:
    """A part of a question as plain JSON values, which `part_of` reads."""
    if isinstance(part, Group):
        parts = [part_said(each) for each in part.parts]
        return {"join": part.join, "parts": parts, "negated": part.negated}
    if isinstance(part, Did):
        return {
            "event": part.event,
            "span": asdict(part.span),
            "times": asdict(part.times),
            "where": _had_said(part.where),
            "negated": part.negated,
            "meanwhile": _had_said(part.meanwhile),
            "is_first_ever": part.is_first_ever,
        }
    return {
        "property": part.property,
        "values": _values_said(part.values),
        "span": asdict(part.span),
        "negated": part.negated,
        "is_first_ever": part.is_first_ever,
    }


def _had_said(had: Had | None) -> dict[str, Any] | None:
    return None if had is None else part_said(had)


def _values_said(values: Values | Compared | None) -> dict[str, Any] | None:
    if isinstance(values, Values):
        return {"low": values.low, "high": values.high, "texts": sorted(values.texts)}
    return None if values is None else asdict(values)


def part_of(said: dict[str, Any]) -> Part:
    """The part that `part_said` made, also before there were `meanwhile` and `is_first_ever`: filters of metrics are
    kept.
    """
    if "join" in said:
        return Group(Join(said["join"]), tuple(map(part_of, said["parts"])), said["negated"])
    if "event" in said:
        where, meanwhile = (None if had is None else _had(had) for had in (said["where"], said.get("meanwhile")))
        times, is_first_ever = Times(Bound(said["times"]["bound"]), said["times"]["count"]), _is_first_ever(said)
        return Did(said["event"], Span(**said["span"]), times, where, said["negated"], meanwhile, is_first_ever)
    return _had(said)


def _had(said: dict[str, Any]) -> Had:
    values, span = _values(said["values"]), Span(**said["span"])
    return Had(said["property"], values, span, said["negated"], _is_first_ever(said))


def _is_first_ever(said: dict[str, Any]) -> bool:
    return bool(said.get("is_first_ever", False))


def _values(said: dict[str, Any] | None) -> Values | Compared | None:
    if said is None:
        return None
    if "comparison" in said:
        return Compared(Comparison(said["comparison"]), said["text"], said["high"])
    return Values(said["low"], said["high"], frozenset(said["texts"]))
