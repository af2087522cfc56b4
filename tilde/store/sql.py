"""SQL stands in .sql files named noun.verb, beside the code that runs it."""

from functools import cache
from importlib.resources import files


@cache
def statement(package: str, name: str) -> str:
    """The statement in a package's folder `sql`."""
    return (files(package) / "sql" / f"{name}.sql").read_text()


def folder(package: str, name: str) -> dict[str, str]:
    """The statements of a folder by file name without .sql, in the order of the names."""
    found = {path.name.removesuffix(".sql"): path for path in (files(package) / name).iterdir()}
    return {name: found[name].read_text() for name in sorted(found)}
