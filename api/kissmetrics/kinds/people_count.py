"""How many people a people search finds: asked as that, or as Kissmetrics has it, by conditions that all hold.

{"conditions": [{"type": "event", "event": 5, "with_property": true, "property": 3, "comparison_mode": "any_value"}]}
"""

from typing import Any

from api.kissmetrics.kinds.kind import Heading, Results, RowOf
from api.kissmetrics.kinds.people_search import PeopleSearchKind, persons_in
from api.kissmetrics.questions.fields import FilterError, fields_of
from api.kissmetrics.questions.filters import Reader
from tilde.domain.people.question import Span


class PeopleCountKind:
    """Answered by the people search."""

    name = "people_count"
    runs_one_by_one = False

    def __init__(self, search: PeopleSearchKind) -> None:
        self._search = search

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """A people search, or its `conditions` alone."""
        fields = dict(fields_of(said))
        if fields.pop("segments", None) not in (None, "", []):
            raise FilterError("segments cannot be asked of people who are counted: funnels and metrics have a segment")
        if "conditions" in fields:
            if "filter" in fields:
                raise FilterError("conditions and filter say both who is meant: it is one of them")
            fields["filter"] = {"type": "and", "operands": fields.pop("conditions")}
        return self._search.read(fields, reader, span)

    async def answer(self, product: int, asked: str) -> bytes:
        """As the people search."""
        return await self._search.answer(product, asked)

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """One row."""
        row = [len(persons_in(answer))]
        return Results(1, [Heading("count")], [row][offset : offset + limit], RowOf.WHOLE)
