"""Rows of an answer as CSV. A text that a spreadsheet would take for a formula has an apostrophe before it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from api.kissmetrics.kinds.kind import Heading
from api.reads.formulas import defused
from api.reads.people.opened import Cell

MEDIA_TYPE = "text/csv; charset=utf-8"


def first_line(headings: Iterable[Heading]) -> bytes:
    """The labels of the columns."""
    return lines([[heading.label for heading in headings]])


def lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """A line each."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_shown, rows))
    return text.getvalue().encode()


def _shown(row: Sequence[Cell]) -> list[Cell]:
    return [defused(cell) if isinstance(cell, str) else cell for cell in row]
