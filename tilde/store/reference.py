"""The tables as documentation: the generated part of docs/sql.md, made from the migrations."""

import re
from collections.abc import Iterator

from tilde.store.migrate import Migration, migrations

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{database:Identifier\}\.(\w+)")
_COLUMN = re.compile(
    r"^    (?P<name>\w+) (?P<type>\S.*?)(?: CODEC\((?:[^()]|\([^()]*\))*\))? COMMENT '(?P<comment>(?:[^']|'')*)',?$",
    re.MULTILINE,
)
_ORDER = re.compile(r"^ORDER BY \((.+)\)$", re.MULTILINE)


def tables() -> str:
    """Markdown: every table of a generation, its sorting key and its columns."""
    return "\n".join(_table(migration) for migration in migrations() if _TABLE.search(migration.sql))


def _table(migration: Migration) -> str:
    found, order = _TABLE.search(migration.sql), _ORDER.search(migration.sql)
    assert found is not None
    assert order is not None, f"{migration.name} says nothing of an order"
    rows = [f"| `{name}` | {type_} | {comment} |" for name, type_, comment in _columns(migration.sql)]
    lines = [f"### {found[1]}", "", _about(migration.sql), "", f"Sorted by `{order[1]}`.", ""]
    return "\n".join([*lines, "| column | type | meaning |", "| --- | --- | --- |", *rows, ""])


def _columns(sql: str) -> Iterator[tuple[str, str, str]]:
    for column in _COLUMN.finditer(sql):
        yield column["name"], column["type"], column["comment"].replace("''", "'")


def _about(sql: str) -> str:
    """The comment in front of the statement."""
    return " ".join(line.removeprefix("--").strip() for line in sql.splitlines() if line.startswith("--"))
