"""The tables as documentation: the generated part of docs/sql.md, made from the migrations."""

import re
from collections.abc import Iterator, Sequence

from tilde.store.migrate import Migration, migrations

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{database:Identifier\}\.(\w+)")
_COLUMN = re.compile(
    r"^    `?(?P<name>\w+)`? (?P<type>\S.*?)(?: DEFAULT \S+)?(?: CODEC\((?:[^()]|\([^()]*\))*\))?"
    r" COMMENT '(?P<comment>(?:[^']|'')*)',?$",
    re.MULTILINE,
)
_ADDED = re.compile(
    r"^ALTER TABLE \{database:Identifier\}\.(?P<table>\w+)\nADD COLUMN IF NOT EXISTS (?P<column>.+)$", re.MULTILINE
)
_ORDER = re.compile(r"^ORDER BY \((.+)\)$", re.MULTILINE)


def tables() -> str:
    """Markdown: every table of a generation, its sorting key and its columns."""
    applied = migrations()
    return "\n".join(_table(migration, applied) for migration in applied if _TABLE.search(migration.sql))


def _table(migration: Migration, applied: Sequence[Migration]) -> str:
    found, order = _TABLE.search(migration.sql), _ORDER.search(migration.sql)
    assert found is not None
    assert order is not None, f"{migration.name} says nothing of an order"
    added = [f"    {match['column']}" for match in _added(applied) if match["table"] == found[1]]
    columns = _columns("\n".join([migration.sql, *added]))
    rows = [f"| `{name}` | {type_} | {comment} |" for name, type_, comment in columns]
    lines = [f"### {found[1]}", "", _about(migration.sql), "", f"Sorted by `{order[1]}`.", ""]
    return "\n".join([*lines, "| column | type | meaning |", "| --- | --- | --- |", *rows, ""])


def _added(applied: Sequence[Migration]) -> Iterator[re.Match[str]]:
    """The columns that came later."""
    for migration in applied:
        yield from _ADDED.finditer(migration.sql)


def _columns(sql: str) -> Iterator[tuple[str, str, str]]:
    for column in _COLUMN.finditer(sql):
        yield column["name"], column["type"], column["comment"].replace("''", "'")


def _about(sql: str) -> str:
    """The comment in front of the statement."""
    return " ".join(line.removeprefix("--").strip() for line in sql.splitlines() if line.startswith("--"))
