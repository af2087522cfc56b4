"""Statements that have something in common have it from one file, and those that are numbered run in their order."""

import re
from pathlib import Path

import pytest

from tilde.store import sql

API = Path(__file__).parents[2] / "api"
READS = API / "reads/sql"
PARTS = sorted(path.stem for path in (READS / "parts").glob("*.sql"))


def test_a_part_stands_in_its_place_with_the_parts_that_it_has() -> None:
    """Indented as its line is, so that what the engine says of a place in the statement can be found."""
    statement = sql.statement("api.reads", "export.columns")

    assert "{{" not in statement
    assert "\nFROM {database:Identifier}.points AS points FINAL\n" in statement
    assert "\n    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')\n" in statement
    assert statement.index("AND ts >=") < statement.index("AND is_deleted = 0") < statement.index("ORDER BY")


@pytest.mark.parametrize("path", sorted(READS.rglob("*.sql")), ids=lambda path: path.stem)
def test_no_statement_keeps_a_line_that_names_a_part(path: Path) -> None:
    """One that is written in another way would be left in the statement, and refused by the engine."""
    whole = sql.statement("api.reads", path.stem) if path.parent == READS else ""

    assert "{{" not in whole


_MADE_ANEW = re.compile(r"\b(?!toString)\w+\((\w+)\) AS \1\b")


@pytest.mark.parametrize("path", sorted(API.rglob("*.sql")), ids=lambda path: path.stem)
def test_a_column_that_is_asked_for_is_not_called_as_what_is_made_of_it(path: Path) -> None:
    """The engine means the latter in WHERE: `assumeNotNull(text) AS text .. WHERE text IS NOT NULL` holds of all. A name
    as text is the same name.
    """
    assert shadowing(path.read_text()) == []


def test_a_name_that_means_another_thing_in_where_is_found() -> None:
    assert shadowing("SELECT assumeNotNull(text) AS text FROM a WHERE product = 1 AND text IS NOT NULL") == ["text"]
    assert shadowing("SELECT any(said) AS said FROM a WHERE text IS NOT NULL") == []


def shadowing(statement: str) -> list[str]:
    """Names that something was made of, which WHERE asks for."""
    asked = " ".join(re.findall(r"WHERE(.*?)(?:GROUP BY|ORDER BY|SELECT|\Z)", statement, re.DOTALL))
    return [name for name in _MADE_ANEW.findall(statement) if re.search(rf"(?<![.\w]){name}\b", asked)]


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_in_two_files(part: str) -> None:
    """What stands in one alone belongs there."""
    users = [path for path in READS.rglob("*.sql") if f"{{{{ {part} }}}}" in path.read_text()]

    assert len(users) > 1


@pytest.mark.parametrize("name", ["migrations", "views"])
def test_numbered_statements_have_four_digits_each_and_none_is_missing(name: str) -> None:
    """They run in the order of their names: with one digit the tenth came before the second."""
    numbers = [statement[:5] for statement in sql.folder("tilde.store", name)]

    assert numbers == [f"{number:04}_" for number in range(1, len(numbers) + 1)]
