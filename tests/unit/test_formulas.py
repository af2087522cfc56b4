"""What a spreadsheet would run is a text in every CSV of ours, and everything else is as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reads.formulas import CsvGuard, defused

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1",
    "\t=1",
    "\tplain",
    "\r\nplain",
    "\nplain",
    "  =1",
    "\u00a0=1",
    "\u3000＝1",
    "\ufeff=1",
    "\u200b=1",
    "\x00=1",
    '"=1"',
    "'=1",
    "“=1",
    ' "\t=1',
]
HARMLESS = [
    "",
    " ",
    '"',
    "'",
    "''",
    "a=1",
    "page view",
    "1-1",
    "(=1)",
    "arr[i]",
    "'tis",
    "é=1",
    "100 %",
    '"quoted"',
    ",=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    """Whatever stands before its sign that a spreadsheet would trim."""
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_is_as_it_was(text: str) -> None:
    """To the byte."""
    assert defused(text) == text


TEXTS = st.lists(st.sampled_from([*"=+-@＝'\" \t\r\n,a1é", "\u200b", "\u3000", '","', '"\n"']), max_size=8).map("".join)


@given(TEXTS)
def test_an_apostrophe_before_a_formula_can_be_taken_away(text: str) -> None:
    """It is ours: no two texts are defused alike."""
    shown = defused(text)

    assert (shown[1:] if shown.startswith("'") and defused(shown) != shown else shown) == text


CELLS = st.one_of(TEXTS, st.integers(-9, 9), st.floats(allow_nan=False))


def written(rows: list[list[object]]) -> bytes:
    """As the engine writes it: texts in quotes, numbers without."""
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=5), st.lists(st.integers(1, 12), max_size=40))
def test_csv_in_pieces_has_each_text_guarded_and_each_number_as_it_was(
    rows: list[list[object]], sizes: list[int]
) -> None:
    """Wherever it is cut, in the middle of a character too."""
    text, guard, shown = written(rows), CsvGuard(), b""
    for size in sizes:
        shown += guard.take(text[:size])
        text = text[size:]
    shown += guard.take(text) + guard.rest()

    assert shown == written([[defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])


def test_bytes_that_are_no_text_pass() -> None:
    """A dead letter's body is any bytes."""
    guard = CsvGuard()

    assert guard.take(b'"\xff\xfe","=\xff",-1\n') + guard.rest() == b'"\xff\xfe","\'=\xff",-1\n'


@pytest.mark.parametrize("text", ['"' * 2_000_000, ' "' * 1_000_000, ',"=' * 700_000, '\n"' * 1_000_000])
def test_a_large_text_is_guarded_like_a_small_one(text: str) -> None:
    """A dead letter may have 4 MiB of whatever its sender likes; were the work its square, this would never end."""
    guard = CsvGuard()
    field = written([[text, 1]])
    shown = b"".join(guard.take(field[at : at + 65536]) for at in range(0, len(field), 65536)) + guard.rest()

    assert shown == written([[defused(text), 1]])
