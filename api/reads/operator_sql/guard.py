"""What an operator's SQL may be: one SELECT that reads tables and views, and nothing else of this machine.

Sessions are read-only, but that is not enough: `SELECT ... INTO OUTFILE` writes files, the function `file` and DESCRIBE
of a table function read files and URLs, KILL QUERY works; looking at some tables of `system` stops threads or writes
files. So the engine itself, asked with the text as a value, first writes the statement anew in its own words: one
statement, no comments, brackets in pairs. That fits into `SELECT * FROM (...)`, where only a SELECT can stand and no
INTO OUTFILE. And in its syntax tree, which the engine shows too, only functions that make values of values may be
called (`functions.py`), and table functions that make numbers; no name may be that of another one either, since
a name can be an argument that is called: arrayMap(file, ['/etc/passwd']). What APPLY calls the tree does not show at
all, so APPLY is refused. Of databases only ours can be named, and a few of the engine's tables about itself.
"""

import re

from api.reads.operator_sql.functions import refused_functions
from tilde.store import QueryRefusedError, StoreReader
from tilde.store.migrate import VIEWS_DATABASE
from tilde.store.sql import statement

READ_ONLY = "read-only: one SELECT on the tables of docs/sql.md"
SYSTEM_TABLES = frozenset(
    {
        *("columns", "databases", "functions", "numbers", "numbers_mt", "one", "parts", "tables", "time_zones"),
        *("zeros", "zeros_mt"),
    }
)
SCHEMA_TABLES = frozenset({"columns", "schemata", "tables", "views"})
_SELECT = re.compile(r"\(*(SELECT|WITH)\b")  # the engine writes its keywords in capitals
_FUNCTION = re.compile(r"^ *(?:Function|Identifier) (?:\S*\.)?([^\s.]+)", re.MULTILINE)
_TABLE = re.compile(
    r"^ *(?:TableIdentifier|Identifier(?= (?:default|system|information_schema)\.)) (.+)", re.MULTILINE | re.IGNORECASE
)
_BEHIND = re.compile(r" \((?:alias .*|children \d+)\)$")
_OURS = re.compile(rf"{VIEWS_DATABASE}(_g\d+)?")
_APPLY = re.compile(r"^ *ColumnsApplyTransformer\b", re.MULTILINE)
_SETTINGS = re.compile(r"^ *Set\b", re.MULTILINE)  # a session refuses them at the top, but not in a subquery


class SqlGuard:
    """Checks statements before they are run."""

    def __init__(self, store: StoreReader) -> None:
        self._store = store
        self._refused: frozenset[str] = frozenset()

    async def checked(self, sql: str, database: str) -> str:
        """The statement to run in place of `sql`. Raises QueryRefusedError, StoreError."""
        canonical = (await self._store.rows(statement("api.reads", "sql.format"), {"sql": sql}))[0][0]
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
        _check(tree.decode(), await self._refused_functions())
        return wrapped

    async def _refused_functions(self) -> frozenset[str]:
        if not self._refused:
            functions = await self._store.rows(statement("api.reads", "functions.list"))
            table_functions = await self._store.rows(statement("api.reads", "table_functions.list"))
            self._refused = refused_functions(
                ((row[0], row[1], row[2]) for row in functions), (row[0] for row in table_functions)
            )
        return self._refused


def _check(tree: str, refused: frozenset[str]) -> None:
    """Looks through a statement's syntax tree. Raises QueryRefusedError."""
    if _SETTINGS.search(tree):
        raise QueryRefusedError("SETTINGS are not allowed here")
    if _APPLY.search(tree):
        raise QueryRefusedError("APPLY is not allowed here")
    for name in _FUNCTION.findall(tree):
        if name.lower() in refused:
            raise QueryRefusedError(f"{name} is not allowed here, as a function or a name: it reaches outside")
    for named in _TABLE.findall(tree):
        _check_table(_BEHIND.sub("", named))


def _check_table(name: str) -> None:
    database, dot, table = name.partition(".")
    if not dot or _OURS.fullmatch(database):
        return
    open_tables = {"system": SYSTEM_TABLES, "information_schema": SCHEMA_TABLES}.get(database.lower())
    if open_tables is None:
        raise QueryRefusedError(f"database {database} is not allowed here")
    if table.partition(".")[0].lower() not in open_tables:
        raise QueryRefusedError(
            f"table {name} is not allowed here; of {database} these are: {', '.join(sorted(open_tables))}"
        )
