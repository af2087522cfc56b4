"""Answers statements of SQL over the records of one product, which anybody may write who may ask about its people.

asked = records.read("SELECT person_id, property_value(3) FROM records", {3: "plan", 4: "city"})
                                                    RecordsAsked(statement, {3: "plan"})
records.columns(asked)                              [FoundColumn("person_id", PERSON), ..]
rows = await records.found(7, asked, EVER)          numbers, hashes, names of events, and what was made of these
await records.open_rows(7, columns, rows[:50])           the same rows, with what is sealed opened
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import orjson

from api.kissmetrics.records.compiled import About, Compiled, compiled
from api.kissmetrics.records.meanings import IDENTITIES, PERSONS, SEALED, FoundColumn, KnownRecords, ValueKind
from api.kissmetrics.records.noted import Finder, Noted
from api.kissmetrics.records.queries import query_in
from api.kissmetrics.records.spent import STATEMENT_BYTES_MAX
from api.reads.people.opened import Cell, Opened
from api.reads.people.people import People
from api.reads.people.searched_texts import SearchedTexts
from api.reads.tables import Tables
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.erasures import erased_of
from tilde.domain.people.question import QuestionError, Span
from tilde.runtime.tasks import in_thread
from tilde.runtime.telling import tell
from tilde.store import QueryLimitError, QueryRefusedError

AT_ONCE = 1  # of the two processes that there are for statements: an operator's finds one
ROWS_MAX = 100_000
ANSWER_BYTES_MAX = 8 << 20
_WHY = {
    "6": "a text is no number or time",
    "38": "a text is no date",
    "41": "a text is no time",
    "43": "a function is given a value of a type that it does not take",
    "53": "values of two types are compared",
    "125": "a query that stands for one value has several rows",
    "153": "a number is divided by zero",
    "184": "an aggregate stands where none can be: in WHERE, or in another one",
    "215": "a column is neither in GROUP BY nor in an aggregate",
    "386": "values of two types are put together",
    "403": "a JOIN is by what is equal on both sides: ON a.person = b.person",
}
EngineRows = Sequence[Sequence[Any]]


class RecordsAsked(NamedTuple):
    """A statement, and the names of those properties that it says by index. Indexes keep their names."""

    statement: str
    properties: Mapping[int, str]


class RecordsSql:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, tables: Tables, people: People, opened: Opened, follower: CatalogFollower) -> None:
        self._tables = tables
        self._people = people
        self._opened = opened
        self._texts = SearchedTexts(people, opened)
        self._finder = Finder(people, opened, self._texts)
        self._follower = follower
        self._free = asyncio.Semaphore(AT_ONCE)

    @staticmethod
    def read(statement: str, properties: Mapping[int, str]) -> RecordsAsked:
        """Reads what a statement asks of a product with these properties. Raises QuestionError where it is refused."""
        noted = Noted(properties)
        _compiled(statement, About(0), noted)
        return RecordsAsked(statement, noted.by_index)

    @staticmethod
    def columns(asked: RecordsAsked) -> list[FoundColumn]:
        """Those of its answer. Raises QuestionError where it can have none."""
        return _compiled(asked.statement, About(0), Noted(asked.properties)).columns

    async def found(self, product: int, asked: RecordsAsked, span: Span) -> list[list[Any]]:
        """Its rows. Raises QuestionError, StoreError, KeysAwayError."""
        statement = asked.statement
        about, noted = About(product, span), Noted(asked.properties)
        _compiled(statement, about, noted)
        known = await self._finder.known(product, noted, erased_of(self._follower.catalog, product))
        sql = (await in_thread(_compiled, statement, about, known)).sql
        if len(sql) > STATEMENT_BYTES_MAX:
            raise QuestionError("too many texts are meant, or too many people were erased: ask for fewer properties")
        try:
            async with self._free:
                answer = await self._tables.answered(sql, "JSONEachRow", ANSWER_BYTES_MAX)
        except QueryLimitError as cause:
            raise QuestionError("it takes more time, memory or room than a statement may") from cause
        except QueryRefusedError as cause:
            raise QuestionError(_why(str(cause))) from cause
        rows = await in_thread(_rows, answer)
        if len(rows) > ROWS_MAX:
            raise QuestionError(f"it has more than {ROWS_MAX:,} rows: put them together, or say LIMIT")
        return rows

    async def open_rows(self, product: int, columns: Sequence[FoundColumn], rows: EngineRows) -> list[list[Cell]]:
        """Some of them, with what is sealed opened; nobody who was erased has a name, also where he came back: rows of
        before are his, too. Raises StoreError, QueryLimitError, KeysAwayError.
        """
        persons = await self._people.identities(product, _numbers(columns, rows, PERSONS))
        sealed = await self._people.sealed(product, _numbers(columns, rows, IDENTITIES))
        plain = await self._opened.plain([*chain.from_iterable(persons.values()), *sealed])
        erased = erased_of(self._follower.catalog, product)
        who = {
            person: None if any(one.identity in erased for one in each) else plain.who(each)
            for person, each in persons.items()
        }
        names = {each.identity: None if each.identity in erased else plain.name(each) for each in sealed}
        texts = {
            nth: await self._texts.named(product, column.meaning.of_property, _hashes(nth, rows))
            for nth, column in enumerate(columns)
            if column.meaning.kind is ValueKind.TEXT
        }
        return [_row(columns, row, who, names, texts) for row in rows]


def _row(
    columns: Sequence[FoundColumn],
    row: Sequence[Any],
    persons: Mapping[int, str | None],
    names: Mapping[int, str | None],
    texts: Mapping[int, Mapping[int, str]],
) -> list[Cell]:
    """With somebody who was erased no text is told, though others may have said the same."""
    pairs = list(zip(columns, row, strict=True))
    has_erased = any(_is_erased(column, cell, persons, names) for column, cell in pairs)
    told = list[Cell]()
    for nth, (column, cell) in enumerate(pairs):
        match column.meaning.kind:
            case ValueKind.TEXT:
                told.append(_text(cell, {} if has_erased else texts[nth]))
            case ValueKind.PERSON:
                told.append(None if cell is None else persons.get(int(cell)))
            case ValueKind.IDENTITY:
                told.append(None if cell is None else names.get(int(cell)))
            case ValueKind.NUMBER | ValueKind.IDENTITY_NUMBER:
                told.append(None if cell is None else int(cell))
            case ValueKind.PLAIN | ValueKind.EVENT:
                told.append(cell)
    return told


def _why(failure: str) -> str:
    """In words of ours; of what has none the operator is told the engine's code."""
    code = failure.partition("Code: ")[2].partition(".")[0]
    if code not in _WHY:
        tell("query", f"a statement of a product failed in the engine, code {code[:9]!r}: it should have been refused")
    return _WHY.get(code, "the engine cannot run it: say it in another way, or leave a part of it out")


def _compiled(statement: str, about: About, known: KnownRecords) -> Compiled:
    return compiled(query_in(statement), about, known, ROWS_MAX)


def _rows(answer: bytes) -> list[list[Any]]:
    return [list(orjson.loads(line).values()) for line in answer.splitlines()]


def _numbers(columns: Sequence[FoundColumn], rows: EngineRows, kinds: Collection[ValueKind]) -> set[int]:
    places = [nth for nth, column in enumerate(columns) if column.meaning.kind in kinds]
    return {int(row[nth]) for row in rows for nth in places if row[nth] is not None}


def _hashes(nth: int, rows: EngineRows) -> set[int]:
    return {int(row[nth][1:]) for row in rows if row[nth] is not None and row[nth].startswith(SEALED)}


def _is_erased(
    column: FoundColumn, cell: Any, persons: Mapping[int, str | None], names: Mapping[int, str | None]
) -> bool:
    if cell is None or column.meaning.is_plain or column.meaning.kind is ValueKind.TEXT:
        return False
    whose = names if column.meaning.kind in IDENTITIES else persons
    return whose.get(int(cell)) is None


def _text(cell: str | None, texts: Mapping[int, str]) -> Cell:
    """A number, a text, or what a statement itself has put in the place of one."""
    if cell is None:
        return None
    if cell.startswith(SEALED):
        return texts.get(int(cell[1:]))
    try:
        return float(cell)
    except ValueError:
        return cell
