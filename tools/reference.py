"""The tables as documentation, made from the migrations: the generated part of docs/sql.md, and what their keys are."""

import re
from collections.abc import Iterator, Sequence

from tilde.store.migrate import Migration, migrations

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{database:Identifier\}\.(\w+)")
_RENAMED = re.compile(
    r"^RENAME TABLE IF EXISTS \{database:Identifier\}\.(\w+) TO \{database:Identifier\}\.(\w+)$", re.MULTILINE
)
_DROPPED = re.compile(r"^DROP TABLE IF EXISTS \{database:Identifier\}\.(\w+)$", re.MULTILINE)
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
    applied, keys = migrations(), sorting_keys()
    return "\n".join(_table(name, migration, applied, keys[name]) for name, migration in _made(applied).items())


def sorting_keys() -> dict[str, str]:
    """The sorting keys of all tables, by their names: the columns, as `product, event`."""
    return {name: _sorting_key(migration) for name, migration in _made(migrations()).items()}


def _made(applied: Sequence[Migration]) -> dict[str, Migration]:
    """Which migration made each table that there is in the end, by the name that it has then."""
    made: dict[str, Migration] = {}
    for migration in applied:
        if found := _TABLE.search(migration.sql):
            made[found[1]] = migration
        elif renamed := _RENAMED.search(migration.sql):
            made[renamed[2]] = made.pop(renamed[1])
        elif dropped := _DROPPED.search(migration.sql):
            del made[dropped[1]]
    return made


def _table(name: str, migration: Migration, applied: Sequence[Migration], key: str) -> str:
    added = [f"    {match['column']}" for match in _added(applied) if match["table"] == name]
    columns = _columns("\n".join([migration.sql, *added]))
    rows = [f"| `{name}` | {type_} | {comment} |" for name, type_, comment in columns]
    lines = [f"### {name}", "", _about(migration.sql), "", f"Sorted by `{key}`.", ""]
    return "\n".join([*lines, "| column | type | meaning |", "| --- | --- | --- |", *rows, ""])


def _sorting_key(migration: Migration) -> str:
    order = _ORDER.search(migration.sql)
    assert order is not None, f"{migration.name} says nothing of an order"
    return order[1]


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
