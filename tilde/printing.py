"""What goes to standard output: for eyes, or for programs. Nothing that somebody typed is obeyed by a terminal there
(tilde/visible.py), and no locale makes an end of it.
"""

import codecs
import sys
from collections.abc import Iterable, Sequence
from typing import Any, cast

import orjson
from rich.cells import cell_len

from tilde.visible import json_escape, visible, visible_json, visible_lines

_JSON_ERRORS = "tilde.json"
_GAP = "  "


def _as_json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(json_escape, error.object[error.start : error.end])), error.end


codecs.register_error(_JSON_ERRORS, _as_json)


def print_lines(*lines: str) -> None:
    """Lines for eyes. What the terminal has no letter for is shown as its escape."""
    _write("".join(f"{visible(line)}\n" for line in lines))


def print_text(text: str) -> None:
    """A text of several lines for eyes, with a line break at its end where there is any text."""
    _write(visible_lines(text) + ("\n" if text and not text.endswith("\n") else ""))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for eyes, as wide as it is, whatever the terminal: a key that is cut is none."""
    lines = [[visible(cell) for cell in line] for line in [heads, *rows]]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        _write(_GAP.join(padded).rstrip() + "\n")


def print_json(value: Any) -> None:
    """One value for programs, in one line."""
    print_json_text(orjson.dumps(value).decode())


def print_json_text(text: str) -> None:
    """JSON as it is; characters that a terminal would obey, or has no letter for, as JSON's escapes."""
    _write(visible_json(text) + ("" if text.endswith("\n") else "\n"), _JSON_ERRORS)


def print_csv(text: str) -> None:
    """CSV, which has no escapes: exact, in UTF-8, to a file or a pipe; as text for eyes to a terminal."""
    if sys.stdout is None or sys.stdout.isatty():
        print_text(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _write(text: str, errors: str = "backslashreplace") -> None:
    if sys.stdout is None:  # it was closed by whoever started us
        return
    encoding = cast("str | None", sys.stdout.encoding) or "utf-8"
    sys.stdout.write(text.encode(encoding, errors).decode(encoding))
    sys.stdout.flush()
