"""Answers funnels: one statement, in which each person's seconds are put in order, and his tries walk over them all
together.

    at_0    the seconds in which a person did the first step: a try begins in each
    at_1    those in which each of these tries came to the second step: the first of its seconds that is later

From one to the next it takes one sort. A second is doubled, and that of a try is odd, so it stands behind a step's of
the same second; each odd one is filled with the even one behind it.
"""

from api.reads.people.leaf_sql import UNION, PeopleSql, composed
from api.reads.people.rows import rows_of, seconds_of
from api.reads.people.search import PeopleSearch
from api.reads.people.segments import said_by, unpacked_value
from api.reads.tables import Tables
from tilde.domain.people.funnel import Funnel, Step, Walked, require_funnel
from tilde.domain.people.question import SECONDS_END, Group, leaves
from tilde.domain.people.segment import SEGMENTS_MAX
from tilde.store import Purpose

_NO_WINDOW = SECONDS_END


class Funnels:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, tables: Tables, search: PeopleSearch) -> None:
        self._tables = tables
        self._search = search

    async def walked(self, product: int, funnel: Funnel) -> list[Walked]:
        """The segments, the largest first. Raises QuestionError, StoreError, QueryLimitError, KeysAwayError."""
        require_funnel(funnel)
        steps = await self._search.meant(product, funnel.steps)
        assert isinstance(steps, Group)
        asked = funnel_sql(steps, funnel)
        rows = await self._tables.composed_rows(asked.sql, {"product": product, **asked.parameters}, Purpose.JOB)
        return [Walked(unpacked_value(*row[:2]), tuple(map(_step, range(len(row[2])), *row[2:]))) for row in rows]


def funnel_sql(steps: Group, funnel: Funnel) -> PeopleSql:
    """A row a segment: how many came to each step, and the median and average of seconds since the one before."""
    rows, parameters = rows_of(map(leaves, steps.parts))
    marks = composed("people.marks", rows=UNION.join(rows))
    walks = _walks(len(steps.parts), marks)
    parameters |= {
        "window": _NO_WINDOW if funnel.window_s is None else funnel.window_s,
        "tries_max": 1 if funnel.window_s is None else SECONDS_END,  # without a window no other comes further
    }
    if funnel.segment is None:
        return PeopleSql(composed("people.funnel", walks=walks), parameters)
    said = said_by(funnel.segment)
    sql = composed("people.funnel.segments", walks=walks, said=said.sql)
    return PeopleSql(sql, {**parameters, **said.parameters, "segments_max": SEGMENTS_MAX})


def _walks(steps: int, marks: str) -> str:
    later = range(1, steps)
    return composed(
        "people.walks",
        marks=marks,
        reached=", ".join(f"at_{nth}[best]" for nth in range(steps)),
        seconds=",\n        ".join(
            ["arraySlice(" + seconds_of(0) + ", 1, {tries_max:UInt64}) AS at_0", *map(_next, later)]
        ),
        tried=", ".join(f"second_{nth}" for nth in range(steps)),
        came=" + ".join(["1", *map(_is_within, later)]),
        tries=", ".join(f"at_{nth}" for nth in range(steps)),
    )


def _next(nth: int) -> str:
    """When each try came to a step; where it never did, a second behind all that there are, and behind its last."""
    tries, step, never = f"arrayMap(second -> 2 * second + 1, at_{nth - 1})", seconds_of(nth), 2 * (SECONDS_END + nth)
    both = f"arraySort(arrayConcat({tries}, arrayMap(second -> 2 * second, {step}), [toUInt64({never})])) AS both_{nth}"
    filled = f"arrayReverseFill(each -> NOT bitTest(each, 0), both_{nth})"
    of_tries = f"arrayFilter((filled, each) -> bitTest(each, 0), {filled}, both_{nth})"
    return f"{both},\n        arrayMap(each -> bitShiftRight(each, 1), {of_tries}) AS at_{nth}"


def _is_within(nth: int) -> str:
    return f"(second_{nth} <= least(second_0 + {{window:UInt64}}, {SECONDS_END - 1}))"


def _step(nth: int, people: int, median_s: float, average_s: float) -> Step:
    return Step(people, median_s, average_s) if nth else Step(people, None, None)
