"""SQL stands in .sql files named noun.verb, beside the code that runs it. What several statements have in common is a
file in `sql/parts`, and stands in each as a line `{{ NAME }}`, which no engine takes for anything else.
"""

import re
from functools import cache
from importlib.resources import files
from textwrap import indent

_PART = re.compile(r"^( *)\{\{ (\S+) \}\}\n", re.MULTILINE)


@cache
def statement(package: str, name: str) -> str:
    """The statement in a package's folder `sql`."""
    return _whole(package, (files(package) / "sql" / f"{name}.sql").read_text("utf-8"))


def _whole(package: str, text: str) -> str:
    """With its parts, and theirs, in their places."""
    return _PART.sub(lambda line: indent(_whole(package, _part(package, line[2])), line[1]), text)


def _part(package: str, name: str) -> str:
    return (files(package) / "sql" / "parts" / f"{name}.sql").read_text("utf-8")


def folder(package: str, name: str) -> dict[str, str]:
    """The statements of a folder by file name without .sql, in the order of the names."""
    found = {path.name.removesuffix(".sql"): path for path in (files(package) / name).iterdir()}
    return {name: found[name].read_text("utf-8") for name in sorted(found)}
