"""What an operator's SQL may be: one SELECT that reads tables and views, and nothing else of this machine.

Sessions are read-only, but in an embedded engine that is not enough: `SELECT ... INTO OUTFILE` writes files, the
function `file` and DESCRIBE of a table function read files and URLs, KILL QUERY works. So the engine itself, asked with
the text as a value, first writes the statement anew in its own words: one statement, no comments, brackets in pairs.
That fits into `SELECT * FROM (...)`, where only a SELECT can stand and no INTO OUTFILE. And in its syntax tree, which
the engine shows too, no function may be a table function but for those that only make numbers, nor one of a few others.
"""

import re

from tilde.store import QueryRefusedError, StoreReader
from tilde.store.sql import statement

READ_ONLY = "read-only: one SELECT on the tables of docs/sql.md"
HARMLESS = frozenset({"format", "generate_series", "generateseries", "numbers", "null", "primes", "values", "zeros"})
FORBIDDEN = frozenset({"file", "getclienthttpheader", "showcertificate", "sleep", "sleepeachrow"})
_NETWORKING = "ai"  # the functions that send rows to a language model: aiGenerate, aiClassify, ...
_SELECT = re.compile(r"\(*(SELECT|WITH)\b")  # the engine writes its keywords in capitals
_FUNCTION = re.compile(r"^ *Function (\S+)", re.MULTILINE)
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
        if _SETTINGS.search(tree.decode()):
            raise QueryRefusedError("SETTINGS are not allowed here")
        outside = await self._outside_functions()
        for name in _FUNCTION.findall(tree.decode()):
            if name.lower() in outside or (name.startswith(_NETWORKING) and name[2:3].isupper()):
                raise QueryRefusedError(f"function {name} is not allowed here: it reaches outside of the tables")
        return wrapped

    async def _outside_functions(self) -> frozenset[str]:
        """The table functions of this engine: files, URLs, other servers, Python objects."""
        if not self._outside:
            rows = await self._store.rows(statement("api", "table_functions.list"))
            self._outside = frozenset(row[0].lower() for row in rows) - HARMLESS | FORBIDDEN
        return self._outside
