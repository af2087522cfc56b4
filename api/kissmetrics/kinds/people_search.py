"""People searches: of whom a question holds, and what is to be told of each."""

from array import array
from typing import Any

from api.kissmetrics.kinds.kind import Heading, Results, RowOf, Subject
from api.kissmetrics.kinds.people_search_asked import search_in
from api.kissmetrics.questions.filters import Reader
from api.reads.people.identified import Identified
from api.reads.people.search import PeopleSearch
from tilde.dialects.kissmetrics import PEOPLE_SEARCH
from tilde.domain.people.asked_values import require_numbers
from tilde.domain.people.question import Span, require_answerable
from tilde.domain.people.search import TELLING_TIMES, Column, search_json, search_of

_WHO = (Heading("KMID", is_person=True), Heading("Person"))


class PeopleSearchKind:
    """Its answer is the numbers of the persons, ascending; pages tell of them as they are then."""

    name = PEOPLE_SEARCH
    runs_one_by_one = False

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

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """Of each his number, who he is, and what was asked to be told."""
        persons, search = persons_in(answer), search_of(asked)
        rows = await self._search.rows(product, search, persons[offset : offset + limit])
        headings = [*_WHO, *map(_heading, search.columns)]
        return Results(len(persons), headings, [[row.person, row.who, *row.cells] for row in rows], RowOf.PERSON)


def persons_in(answer: bytes) -> "array[int]":
    """Those that were found."""
    return array("q", answer)


def _heading(column: Column) -> Heading:
    of = Subject.PROPERTY if column.is_property else Subject.EVENT
    return Heading(column.label, of, column.told, is_time=column.told in TELLING_TIMES)
