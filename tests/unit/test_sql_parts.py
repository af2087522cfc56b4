"""Statements that have something in common have it from one file."""

from pathlib import Path

import pytest

from tilde.store import sql

READS = Path(__file__).parents[2] / "api/reads/sql"
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


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_in_two_files(part: str) -> None:
    """What stands in one alone belongs there."""
    users = [path for path in READS.rglob("*.sql") if f"{{{{ {part} }}}}" in path.read_text()]

    assert len(users) > 1
