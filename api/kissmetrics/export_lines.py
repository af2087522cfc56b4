"""What people did is written as lines of Kissmetrics' export, which `producers/kissmetrics/export_lines.py` reads."""

from collections.abc import Iterator
from math import copysign

import orjson

from api.reads.people.told_history import ToldAct, ToldActivity
from tilde.dialects.kissmetrics import AT, AT_MIN_S, NAME, OTHER, PERSON
from tilde.domain.people.values import DIGITS_MAX
from tilde.runtime.portions import portions_by_size

PROPERTIES_BYTES_MAX = 200_000  # of a line's properties; an act with more stands in several lines, which are one act
_ESCAPED_BYTES = 6  # of a control character
_NUMBER_BYTES = 24


def lines_of(told: ToldActivity) -> list[bytes]:
    """An alias's line, or those of an act. An alias of which no time is known has the first that is taken."""
    if isinstance(told, ToldAct):
        return [_line(act) for act in _parts(told)]
    return [_written({PERSON: told.who, OTHER: told.other, AT: AT_MIN_S if told.at is None else told.at})]


def _parts(act: ToldAct) -> Iterator[ToldAct]:
    if sum(map(_size, act.properties.items())) <= PROPERTIES_BYTES_MAX:
        yield act
        return
    for some in portions_by_size(act.properties.items(), _size, PROPERTIES_BYTES_MAX):
        yield act._replace(properties=dict(some))


def _size(property_: tuple[str, float | str]) -> int:
    name, value = property_
    return _ESCAPED_BYTES * (len(name) + (len(value) if isinstance(value, str) else _NUMBER_BYTES))


def _line(act: ToldAct) -> bytes:
    said: dict[str, object] = {PERSON: act.who, AT: act.at}
    if act.event:
        said[NAME] = act.event
    return _written(said | {_name(name): _value(value) for name, value in act.properties.items()})


def _name(name: str) -> str:
    """A property may have a name that begins as Kissmetrics' own keys do. White space around a name is none of it."""
    return f" {name}" if name.startswith("_") else name


def _value(value: float | str) -> float | str:
    """A number as people write it, where it is the same then: 5 and not 5.0. With ten digits or more it would be taken
    for a telephone's, unless it has a fraction.
    """
    if isinstance(value, str) or abs(value) >= 10**DIGITS_MAX or _is_minus_zero(value):
        return value
    return int(value) if float(value).is_integer() else value


def _is_minus_zero(value: float) -> bool:
    return value == 0 and copysign(1, value) < 0


def _written(said: dict[str, object]) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
