"""Notes which aggregates one SELECT has, and which columns outside of any: `SELECT event, count(*)` is refused where
rows are not grouped by `event`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tilde.domain.people.question import QuestionError


class Uses:
    """The notes of one SELECT, taken while it is written. Each call raises QuestionError."""

    def __init__(self) -> None:
        self._aggregates = 0
        self._is_grouped = False
        self._grouped = set[str]()
        self._loose = list[str]()

    @property
    def aggregates(self) -> int:
        """How many aggregates were written so far."""
        return self._aggregates

    def group_by(self, sql: str) -> None:
        """Notes an expression by which rows are grouped."""
        self._is_grouped = True
        self._grouped.add(sql)

    def put_together(self) -> None:
        """Notes that all rows become one, as with an aggregate: HAVING without GROUP BY does that, too."""
        self._is_grouped = True

    def add_column(self, name: str) -> None:
        """Notes that a column stands in what is written now."""
        self._loose.append(name)

    def add_aggregate(self) -> None:
        """Notes that a name stands here which the SELECT gave to an aggregate: `count(*) AS n .. ORDER BY n`."""
        self._aggregates += 1

    @contextmanager
    def expression(self) -> Iterator[list[str]]:
        """The block writes one expression, and puts its SQL into the list. Where rows are grouped by that, its columns
        need be in no aggregate.
        """
        written, many = list[str](), len(self._loose)
        yield written
        if self._grouped.intersection(written):
            del self._loose[many:]

    @contextmanager
    def aggregate(self, name: str) -> Iterator[None]:
        """The block writes an aggregate: the columns within are taken of many rows. One within it is refused."""
        before, many = self._aggregates, len(self._loose)
        yield
        if self._aggregates > before:
            raise QuestionError(f"{name} stands around another aggregate: put that into a query in brackets")
        del self._loose[many:]
        self._aggregates += 1

    @contextmanager
    def rows(self, where: str) -> Iterator[None]:
        """The block writes what is asked of each row by itself, in WHERE, ON or GROUP BY: an aggregate within it is
        refused.
        """
        before, many = self._aggregates, len(self._loose)
        yield
        if self._aggregates > before:
            raise QuestionError(
                f"an aggregate stands in {where}, where there is one row at a time: HAVING is for those"
            )
        del self._loose[many:]

    def require_together(self) -> None:
        """Refuses a SELECT that has an aggregate, or groups, and a column that is in neither."""
        if self._loose and (self._is_grouped or self._aggregates):
            raise QuestionError(f"a column is neither in GROUP BY nor in an aggregate: {self._loose[0]}")
