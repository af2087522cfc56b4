"""People searches: of whom a question holds, and what is to be told of each."""

from array import array
from collections.abc import Sequence
from typing import Any

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.kinds.people_search_asked import search_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.identified import Identified
from api.reads.people.opened import Cell
from api.reads.people.search import PeopleSearch
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.question import Span, require_answerable
from tilde.domain.people.search import TELLING_TIMES, Column, Tells, search_json, search_of

_WHO = (Heading("KMID"), Heading("Person"))
_OPTIONS = {
    Tells.TIMES: "total_times",
    Tells.FIRST_TIME: "first_date",
    Tells.LAST_TIME: "last_date",
    Tells.FIRST_VALUE: "first",
    Tells.LAST_VALUE: "last",
    Tells.TOTAL: "total",
    Tells.LOWEST: "min",
    Tells.HIGHEST: "max",
    Tells.AVERAGE: "avg",
    Tells.MEDIAN: "median",
}


class PeopleSearchKind:
    """Its answer is the numbers of the persons, ascending; pages tell of them as they are then."""

    name = "people_search"

    def __init__(self, search: PeopleSearch, identified: Identified) -> None:
        self._search = search
        self._identified = identified

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`{"filter": {..}, "calculations": [..]}`, or a filter alone; of one person `{"type": "identity", ..}`."""
        search = search_in(said, reader, span)
        require_answerable(search.question)
        require_numbers(search.question)
        return search_json(search)

    async def answer(self, product: int, asked: str) -> bytes:
        """Eight bytes a person."""
        search = search_of(asked)
        if search.who is None:
            return (await self._search.found(product, search.question)).tobytes()
        person = await self._identified.person(product, search.who)
        return array("q", [] if person is None else [person]).tobytes()

    async def told(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """Of each his number, who he is, and what was asked to be told."""
        persons, search = persons_in(answer), search_of(asked)
        rows = await self._search.rows(product, search, persons[offset : offset + limit])
        headings = [*_WHO, *map(_heading, search.columns)]
        return Results(len(persons), headings, [[row.person, row.who, *row.cells] for row in rows])

    def data(self, found: Results) -> dict[str, Any]:
        """Objects, each with the cells of what was asked in a list; `columns` are the labels of these."""
        labels = [heading.label for heading in found.headings[len(_WHO) :]]
        return {"columns": labels, "data": list(map(_person, found.rows))}


def persons_in(answer: bytes) -> "array[int]":
    """Those that were found."""
    return array("q", answer)


def _person(row: Sequence[Cell]) -> dict[str, Any]:
    person, who, *cells = row
    return {"identity": who, "person_id": str(person), "columns": cells}  # as a number JavaScript would round it


def _heading(column: Column) -> Heading:
    is_time, option = column.told in TELLING_TIMES, _OPTIONS[column.told]
    if column.is_property:
        return Heading(column.label, "property", option, is_time)
    return Heading(column.label, "event", option.removesuffix("_date"), is_time)
