"""Lines of an export are written by whoever was named."""

import pytest

from api.reads.people.told_history import ToldAlias
from api.web.exported_lines import ExportedLines
from api.web.refused import RefusedError

ALIAS = ToldAlias("anonymous-1", "ann", 1_409_324_310)


def test_lines_are_written_by_whoever_was_named() -> None:
    lines = ExportedLines()
    lines.write_with(lambda told: [f"{told.who} {told.at}\n".encode()])

    assert lines.of(ALIAS) == [b"anonymous-1 1409324310\n"]


def test_where_nobody_was_named_there_is_no_export() -> None:
    """Not an empty one, which would read as if nobody had done anything."""
    with pytest.raises(RefusedError) as refused:
        ExportedLines().of(ALIAS)

    assert (refused.value.status, str(refused.value)) == (503, "nobody writes lines of an export")
