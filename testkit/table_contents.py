"""All that stands in the tables of a generation, row by row: so two builds of one log are compared."""

import json
from collections.abc import Callable
from typing import Any

from tilde.store.migrate import database_of
from tilde.store.tables import TABLES

Rows = list[dict[str, Any]]
Contents = dict[str, Rows]
"""Rows by table."""

_NAMES = """
SELECT table, 0 AS is_row, toJSONString(arrayMap(at -> at.2, arraySort(groupArray((position, name))))) AS said
FROM system.columns WHERE database = '{database}' GROUP BY table
"""
_ROWS = "SELECT '{table}', 1, toJSONString(tuple(*)) FROM {database}.{table} FINAL"


def contents(sql: Callable[[str], Rows], generation: int) -> Contents:
    """Every row that stands, with all of its columns: versions and partitions, too. In one statement, since each costs
    a process.
    """
    database = database_of(generation)
    rows = [_ROWS.format(database=database, table=table.name) for table in TABLES]
    statement = " UNION ALL ".join([_NAMES.format(database=database), *rows])
    names: dict[str, list[str]] = {}
    found: Contents = {table.name: [] for table in TABLES}
    for each in sql(f"SELECT * FROM ({statement}) ORDER BY is_row, table, said"):
        if not int(each["is_row"]):
            names[each["table"]] = json.loads(each["said"])
        else:
            row = zip(names[each["table"]], json.loads(each["said"]), strict=True)
            found[each["table"]].append(dict(row))
    return found
