"""Answers cohorts: one statement, in which each second becomes the period that it is in, by all periods' edges."""

from collections.abc import Sequence

from api.reads.people.leaf_sql import UNION, PeopleSql, composed
from api.reads.people.rows import rows_of
from api.reads.people.search import PeopleSearch
from api.reads.people.segments import said_by, unpacked_value
from api.reads.tables import Tables
from tilde.domain.people.cohort import Cohort, Cohorts, require_cohorts
from tilde.domain.people.question import Group, Join, leaves
from tilde.domain.people.segment import SEGMENTS_MAX
from tilde.store import Purpose


class CohortReads:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, tables: Tables, search: PeopleSearch) -> None:
        self._tables = tables
        self._search = search

    async def counted(self, product: int, cohorts: Cohorts, edges: Sequence[int]) -> list[Cohort]:
        """By period those that have people, in order; by segment the largest first. `edges` are when each period begins
        in which there is a cohort or somebody may come again, and when the last one ends; the span lies within them.
        Raises QuestionError, StoreError, QueryLimitError, KeysAwayError.
        """
        require_cohorts(cohorts)
        steps = await self._search.meant(product, Group(Join.THEN, (cohorts.first, cohorts.again)))
        assert isinstance(steps, Group)
        asked = cohorts_sql(steps, cohorts, edges)
        rows = await self._tables.composed_rows(asked.sql, {"product": product, **asked.parameters}, Purpose.JOB)
        return [
            Cohort(cohort - 1 if cohort else None, unpacked_value(of, packed), counted[0], tuple(counted[1:]))
            for of, packed, cohort, counted in rows
        ]


def cohorts_sql(steps: Group, cohorts: Cohorts, edges: Sequence[int]) -> PeopleSql:
    """A row a cohort: its place from 1, and counts of its people, and of those who did it again by period."""
    rows, parameters = rows_of(map(leaves, steps.parts))
    again = composed("people.again", marks=composed("people.marks", rows=UNION.join(rows)))
    parameters |= {
        "edges": list(edges),
        "periods": cohorts.periods,
        "first_since": cohorts.span.since,
        "first_until": cohorts.span.until,
    }
    if cohorts.segment is None:
        return PeopleSql(composed("people.cohorts", again=again), parameters)
    said = said_by(cohorts.segment)
    sql = composed("people.cohorts.segments", again=again, said=said.sql)
    return PeopleSql(sql, {**parameters, **said.parameters, "segments_max": SEGMENTS_MAX})
