"""Answers A/B tests: one statement, in which each person is in the variation that he saw first."""

from api.reads.people.leaf_sql import UNION, PeopleSql, composed
from api.reads.people.rows import rows_of
from api.reads.people.search import PeopleSearch
from api.reads.people.segments import said_by, unpacked_value
from api.reads.tables import Tables
from tilde.domain.people.ab_test import AbTest, Seen, require_ab_test
from tilde.domain.people.question import Compared, Comparison, Had, Part, Values, leaves
from tilde.domain.people.segment import SEGMENTS_MAX
from tilde.store import Purpose


class AbTests:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, tables: Tables, search: PeopleSearch) -> None:
        self._tables = tables
        self._search = search

    async def seen(self, product: int, test: AbTest) -> list[Seen]:
        """The variations, the largest first. Raises QuestionError, StoreError, QueryLimitError, KeysAwayError."""
        require_ab_test(test)
        asked = ab_test_sql(await self._search.meant(product, test.goal), test)
        rows = await self._tables.composed_rows(asked.sql, {"product": product, **asked.parameters}, Purpose.JOB)
        return [Seen(unpacked_value(of, packed), people, converted) for of, packed, people, converted in rows]

    async def original(self, product: int, test: AbTest) -> Values:
        """The value that others are compared with. Raises StoreError, QueryLimitError, KeysAwayError."""
        said = Had(test.experiment.property, Compared(Comparison.EQUALS, test.original))
        meant = await self._search.meant(product, said)
        assert isinstance(meant, Had)
        assert isinstance(meant.values, Values)
        return meant.values


def ab_test_sql(goal: Part, test: AbTest) -> PeopleSql:
    """A row a variation: how many saw it first, and how many of these did the goal in a later second."""
    rows, parameters = rows_of([leaves(goal)])
    said = said_by(test.experiment)
    sql = composed("people.ab_test", said=said.sql, marks=composed("people.marks", rows=UNION.join(rows)))
    return PeopleSql(sql, {**parameters, **said.parameters, "segments_max": SEGMENTS_MAX})
