"""How many people a people search finds."""

from typing import Any

from api.kissmetrics.kinds.kind import Heading, Results, as_objects
from api.kissmetrics.kinds.people_search import PeopleSearchKind, persons_in
from api.kissmetrics.questions.filters import Reader
from tilde.domain.people.question import Span


class PeopleCountKind:
    """Asked as a people search is, and answered by it."""

    name = "people_count"

    def __init__(self, search: PeopleSearchKind) -> None:
        self._search = search

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """As the people search."""
        return self._search.read(said, reader, span)

    async def answer(self, product: int, asked: str) -> bytes:
        """As the people search."""
        return await self._search.answer(product, asked)

    async def told(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """One row."""
        row = [len(persons_in(answer))]
        return Results(1, [Heading("count")], [row][offset : offset + limit])

    def data(self, found: Results) -> dict[str, Any]:
        """`{"data": {"count": 12}}`; nothing beyond the only row."""
        return {"data": next(iter(as_objects(found)), {})}
