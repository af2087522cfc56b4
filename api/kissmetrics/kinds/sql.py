"""SQL over what a product's people did: `{"statement": "SELECT event, count(*) FROM records GROUP BY event"}`; so
Kissmetrics calls it, and `sql` and `query` are taken, too.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from api.kissmetrics.kinds.kind import Heading, Results, RowOf
from api.kissmetrics.questions.fields import DATES, FilterError, fields_of
from api.kissmetrics.questions.filters import Reader
from api.kissmetrics.records.meanings import ValueKind
from api.kissmetrics.records.records import RecordsAsked, RecordsSql
from tilde.domain.people.question import Span
from tilde.keys.keyring import Keyring
from tilde.runtime.tasks import in_thread

_SPELLED = ("statement", "sql", "query")
_NUMBERS = {ValueKind.NUMBER, ValueKind.IDENTITY_NUMBER}


@dataclass(frozen=True, slots=True)
class AskedSql:
    """A statement over records, and of which days these are."""

    records: RecordsAsked
    span: Span

    def json(self) -> str:
        """As `asked_sql` reads it."""
        properties = {str(index): name for index, name in self.records.properties.items()}
        said = {
            "sql": self.records.statement,
            "properties": properties,
            "since": self.span.since,
            "until": self.span.until,
        }
        return orjson.dumps(said).decode()


def asked_sql(text: str) -> AskedSql:
    """What `AskedSql.json` wrote."""
    said = orjson.loads(text)
    properties = {int(index): name for index, name in said.get("properties", {}).items()}
    return AskedSql(RecordsAsked(said["sql"], properties), Span(said["since"], said["until"]))


class SqlKind:
    """Its answer is rows in which what is sealed is numbers and hashes. They are sealed themselves: a statement may put
    a text of its own into them.
    """

    name = "sql"
    runs_one_by_one = True

    def __init__(self, records: RecordsSql, keyring: Keyring) -> None:
        self._records = records
        self._keyring = keyring

    def read(self, said: Any, reader: Reader, span: Span) -> str:
        """`date_range` says of which days the records are, of all unless it is said."""
        fields = {"statement": said} if isinstance(said, str) else fields_of(said, *_SPELLED, *DATES)
        statement = next((fields[name] for name in _SPELLED if name in fields), None)
        if not isinstance(statement, str):
            raise FilterError("statement is a text: SELECT event, count(*) FROM records GROUP BY event")
        asked = self._records.read(statement, reader.properties)
        return AskedSql(asked, reader.within(fields, span)).json()

    async def answer(self, product: int, asked: str) -> bytes:
        """At most 100,000 rows."""
        sql = asked_sql(asked)
        rows = await self._records.found(product, sql.records, sql.span)
        return await in_thread(lambda: self._keyring.seal(orjson.dumps(rows).decode()))

    async def page(self, product: int, asked: str, answer: bytes, offset: int, limit: int) -> Results:
        """As the statement has them."""
        columns = self._records.columns(asked_sql(asked).records)
        rows = await in_thread(lambda: orjson.loads(self._keyring.open(answer)))
        told = await self._records.open_rows(product, columns, rows[offset : offset + limit])
        headings = [Heading(each.label, is_person=each.meaning.kind in _NUMBERS) for each in columns]
        return Results(len(rows), headings, told, RowOf.STATEMENT)
