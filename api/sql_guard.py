"""What an operator's SQL may be: one SELECT that reads tables and views, and nothing else of this machine.

Sessions are read-only, but in an embedded engine that is not enough: `SELECT ... INTO OUTFILE` writes files, the
function `file` and DESCRIBE of a table function read files and URLs, KILL QUERY works. So the engine itself, asked with
the text as a value, first writes the statement anew in its own words: one statement, no comments, brackets in pairs.
That fits into `SELECT * FROM (...)`, where only a SELECT can stand and no INTO OUTFILE. And in its syntax tree, which
the engine shows too, no function may be a table function but for those that only make numbers, nor one of a few others;
no name either, since a name can be an argument that is called: arrayMap(file, ['/etc/passwd']). What APPLY calls the
tree does not show at all, so APPLY is refused; and of databases only ours and the engine's descriptions of itself can
be named, as the embedded engine's own takes a file's name for a table.
"""

import re

from tilde.store import QueryRefusedError, StoreReader
from tilde.store.migrate import VIEWS_DATABASE
from tilde.store.sql import statement

READ_ONLY = "read-only: one SELECT on the tables of docs/sql.md"
HARMLESS = frozenset({"format", "generate_series", "generateseries", "numbers", "null", "primes", "values", "zeros"})
FORBIDDEN = frozenset({"file", "getclienthttpheader", "showcertificate", "sleep", "sleepeachrow"})
_NETWORKING = re.compile(r"(ai|AI)[A-Z]")  # send rows to a language model: aiGenerate, AIClassify, ...
_SELECT = re.compile(r"\(*(SELECT|WITH)\b")  # the engine writes its keywords in capitals
_FUNCTION = re.compile(r"^ *(?:Function|Identifier) (?:\S*\.)?([^\s.]+)", re.MULTILINE)
_TABLE = re.compile(r"^ *(?:TableIdentifier|Identifier(?= default\.)) ([^\s.]+)\.", re.MULTILINE)
_OPEN_DATABASE = re.compile(rf"{VIEWS_DATABASE}(_g\d+)?|system|information_schema", re.IGNORECASE)
_APPLY = re.compile(r"^ *ColumnsApplyTransformer\b", re.MULTILINE)
_SETTINGS = re.compile(r"^ *Set\b", re.MULTILINE)  # a session refuses them at the top, but not in a subquery


class SqlGuard:
    """Checks statements before they are run."""

    def __init__(self, store: StoreReader) -> None:
        self._store = store
        self._outside: frozenset[str] = frozenset()

    async def checked(self, sql: str, database: str) -> str:
        """The statement to run in place of `sql`. Raises QueryRefusedError, StoreError."""
        canonical = (await self._store.rows(statement("api", "sql.format"), {"sql": sql}))[0][0]
        if canonical is None:
            raise QueryRefusedError("not one whole SQL statement")
        if not _SELECT.match(canonical):
            raise QueryRefusedError(READ_ONLY)
        wrapped = f"SELECT * FROM (\n{canonical}\n)"  # noqa: S608 - this is the place where it is made safe
        try:
            tree = await self._store.body(f"EXPLAIN AST {wrapped}", format_="TabSeparatedRaw", database=database)
        except QueryRefusedError as refused:
            if "Syntax error" not in str(refused):
                raise
            raise QueryRefusedError(f"{READ_ONLY}, without FORMAT and INTO OUTFILE") from refused  # all that is left
        _check(tree.decode(), await self._outside_functions())
        return wrapped

    async def _outside_functions(self) -> frozenset[str]:
        """The table functions of this engine: files, URLs, other servers, Python objects."""
        if not self._outside:
            rows = await self._store.rows(statement("api", "table_functions.list"))
            self._outside = frozenset(row[0].lower() for row in rows) - HARMLESS | FORBIDDEN
        return self._outside


def _check(tree: str, outside: frozenset[str]) -> None:
    """Looks through a statement's syntax tree. Raises QueryRefusedError."""
    if _SETTINGS.search(tree):
        raise QueryRefusedError("SETTINGS are not allowed here")
    if _APPLY.search(tree):
        raise QueryRefusedError("APPLY is not allowed here")
    for name in _FUNCTION.findall(tree):
        if name.lower() in outside or _NETWORKING.match(name):
            raise QueryRefusedError(f"{name} is not allowed here, as a function or a name: it reaches outside")
    for database in _TABLE.findall(tree):
        if not _OPEN_DATABASE.fullmatch(database):
            raise QueryRefusedError(f"database {database} is not allowed here")
