"""Makes a text of what a spreadsheet would take for a formula: one apostrophe goes before it, and nothing else changes.

A stat's name, a comment or a column's alias is somebody's own words, and `=HYPERLINK(..)` among them would run where
the file is opened. Numbers stay as they are: in the engine's CSV they stand without quotes, and all else within.
"""

import re

# A cell is a formula by its first sign. Excel takes full-width and small ones for it too, and some the minus of
# typography.
_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_BREAKS = "\t\r\n"  # alone they may begin a cell, whatever follows
# What may stand before the sign and be trimmed: white space, quotes, and what nobody sees. First and last of each run.
_BEFORE_RUNS = [
    *((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x20), (0x27, 0x27), (0x60, 0x60), (0x7F, 0xA0), (0xAD, 0xAD)),
    *((0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x2000, 0x200F), (0x2018, 0x201F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB)),
]
_BEFORE = "".join(chr(code) for first, last in _BEFORE_RUNS for code in range(first, last + 1))


def _one_of(characters: str) -> bytes:
    return b"|".join(re.escape(character.encode()) for character in characters)


_FORMULA = re.compile(rf'(?:["{re.escape(_BEFORE)}])*+[{re.escape(_SIGNS + _BREAKS)}]')
# The same behind the quote that opens a field, where a quote of the text is two. The look at the next byte is for
# speed; a quote that opens none is told from others by the quotes before it.
_FIRST_BYTES = b"".join(sorted({character.encode()[:1] for character in _BEFORE + _SIGNS + _BREAKS + '"'}))
_FORMULA_IN_CSV = re.compile(
    b'(?<![^,\n])"(?=[%b])(?=(?:""|%b)*+(?:%b))'
    % (re.escape(_FIRST_BYTES), _one_of(_BEFORE), _one_of(_SIGNS + _BREAKS))
)


def defused(text: str) -> str:
    """The text with an apostrophe before it where it would be a formula: `=1+1` becomes `'=1+1`.

    A text that would be one behind its own apostrophe gets another; so where one stands before a formula it is ours,
    and taking it away gives the text back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


class CsvGuard:
    """Guards every text of the engine's CSV, those of its header too, piece by piece as it is read."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []  # a row that is not whole yet: it may be long, and is put together once
        self._is_quoted = False  # whether it ends inside of quotes

    def take(self, piece: bytes) -> bytes:
        """The rows that are whole now, defused; nothing while none is."""
        begins_quoted, quotes = self._is_quoted, piece.count(b'"')
        self._is_quoted ^= quotes % 2 == 1
        is_quoted, cut, seen = self._is_quoted, len(piece), len(piece)
        if begins_quoted and not quotes:
            cut = 0  # all of it is one text
        while (cut := piece.rfind(b"\n", 0, cut)) >= 0:  # back to the last one that ends a row
            is_quoted ^= piece.count(b'"', cut, seen) % 2 == 1
            seen = cut
            if not is_quoted:
                break
        if cut < 0:
            self._begun.append(piece)
            return b""
        rows = b"".join([*self._begun, piece[: cut + 1]])
        self._begun = [piece[cut + 1 :]]
        return _defused_rows(rows)

    def rest(self) -> bytes:
        """What is left once all was taken."""
        rows, self._begun, self._is_quoted = b"".join(self._begun), [], False
        return _defused_rows(rows)


def _defused_rows(rows: bytes) -> bytes:
    """Whole rows, defused. A match is the quote that opens a field where the quotes before it are in pairs."""
    pieces, done, counted, quotes = [], 0, 0, 0
    for match in _FORMULA_IN_CSV.finditer(rows):
        quotes += rows.count(b'"', counted, match.start())
        counted = match.start()
        if quotes % 2 == 0:
            pieces.append(rows[done : match.end()] + b"'")
            done = match.end()
    return b"".join([*pieces, rows[done:]]) if pieces else rows
