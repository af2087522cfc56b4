"""Rows of who did something when, for statements about people that are put together: each condition, a leaf of a
question, gives rows (identity, second, nth), in which `nth` says for which condition, or which step, they are.

Of some leaves the rows of a person are looked at together first: of those of which the first time counts, and of those
that ask what somebody had meanwhile. Each such statement holds something of everybody, so leaves share one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from api.reads.people.leaf_sql import PeopleSql, composed, each_time, holds, united
from tilde.domain.people.question import EVER, Did, Had, Span
from tilde.runtime.portions import portions

_AT_ONCE = 31  # conditions of one property, with a bit each: people.rows.meanwhile
_DONE = 1 << 31
_NEVER = 1 << 33  # twice the second that is behind all that there are


class Rows(NamedTuple):
    """Statements that give rows, of a leaf or of several, and the parameters of them all."""

    statements: list[str]
    parameters: dict[str, Any]


class _Marked(NamedTuple):
    """A leaf, the name of its parameters, and the `nth` of its rows."""

    leaf: Did | Had
    name: str
    nth: int


def rows_of(steps: Iterable[Iterable[Did | Had]]) -> Rows:
    """Rows of the leaves of each step, whose place is their `nth`."""
    leaves = ((leaf, nth) for nth, leaves in enumerate(steps) for leaf in leaves)
    at_all, meanwhile = list[_Marked](), defaultdict[str, list[_Marked]](list)
    for number, (leaf, nth) in enumerate(leaves):
        had = leaf.meanwhile if isinstance(leaf, Did) else None
        (at_all if had is None else meanwhile[had.property]).append(_Marked(leaf, str(number), nth))
    found = list(_rows(at_all))
    found += [_while_had(some) for each in meanwhile.values() for some in portions(each, _AT_ONCE)]
    return Rows([one.sql for one in found], united(found).parameters)


def seconds_of(nth: int) -> str:
    """The seconds of one step, in order, of a person's `marks`, as people.marks makes them."""
    return f"arrayMap(mark -> bitShiftRight(mark, 8), arrayFilter(mark -> bitAnd(mark, 255) = {nth}, marks))"


def _rows(some: Sequence[_Marked]) -> Iterator[PeopleSql]:
    """Whatever was had meanwhile."""
    for leaf, name, nth in some:
        if not leaf.is_first_ever:
            yield each_time(leaf, name, nth)
    firsts = [one for one in some if one.leaf.is_first_ever]
    if firsts:
        yield _first_times(firsts)


def _first_times(some: Sequence[_Marked]) -> PeopleSql:
    """Of all times, whatever was said, the first one, where that is one of those that are asked for."""
    rows, parameters = united(row for place, one in enumerate(some) for row in _ever(one, 2 * place))
    name = some[0].name
    firsts = ", ".join(
        f"min(if(bitShiftRight(nth, 1) = {place}, bitOr(bitShiftLeft(second, 1), bitAnd(nth, 1)), {_NEVER}))"
        for place in range(len(some))
    )
    sql = composed("people.rows.first", rows=rows, firsts=firsts, name=name)
    of_each = {f"nths_{name}": [one.nth for one in some], f"sinces_{name}": [one.leaf.span.since for one in some]}
    return PeopleSql(sql, {**parameters, **of_each})


def _ever(one: _Marked, nth: int) -> Iterator[PeopleSql]:
    """What is asked for, whenever it was; and where that is not all, all, as rows of the next `nth`."""
    leaf = replace(one.leaf, span=Span(EVER.since, one.leaf.span.until))
    of_any = replace(leaf, where=None) if isinstance(leaf, Did) else replace(leaf, values=None)
    yield each_time(leaf, one.name, nth)
    if of_any != leaf:
        yield each_time(of_any, f"{one.name}_any", nth + 1)


def _while_had(some: Sequence[_Marked]) -> PeopleSql:
    """As what was said last of the one property was as each wants it."""
    name = f"{some[0].name}_meanwhile"
    rows, parameters = united(_rows([one._replace(nth=place) for place, one in enumerate(some)]))
    hads = [had for one in some if isinstance(one.leaf, Did) and (had := one.leaf.meanwhile) is not None]
    values = [holds(had, f"{one.name}_meanwhile") for one, had in zip(some, hads, strict=True)]
    bits = " + ".join(f"toUInt32({one.sql}) * {1 << place}" for place, one in enumerate(values))
    parameters |= united(values).parameters | {
        f"property_{name}": hads[0].property,
        f"until_{name}": max(one.leaf.span.until for one in some),
        f"asked_{name}": [
            _DONE | one.nth << 16 | place << 8 | (not had.negated)
            for place, (one, had) in enumerate(zip(some, hads, strict=True))
        ],
    }
    return PeopleSql(composed("people.rows.meanwhile", rows=rows, holds=bits, name=name), parameters)
