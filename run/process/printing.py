"""Writes to standard output, for eyes or for programs. Nothing that somebody typed is obeyed by a terminal there
(tilde/runtime/visible.py), and a letter that a locale does not have ends no command.
"""

import codecs
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import orjson
from rich.cells import cell_len

from tilde.runtime.telling import remark
from tilde.runtime.visible import VisibleText, json_escape, visible, visible_json

_JSON_ERRORS = "tilde.json"
_GAP = "  "


class NobodyReadsError(SystemExit):
    """Whoever read standard output has ended: `| head` has what it wants. It ends a process quietly, with 0; a command
    that promises all of something catches it.
    """


def _as_json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(json_escape, error.object[error.start : error.end])), error.end


codecs.register_error(_JSON_ERRORS, _as_json)


def print_lines(*lines: str) -> None:
    """Prints lines for eyes. What the terminal has no letter for is shown as its escape."""
    _write("".join(f"{visible(line)}\n" for line in lines))


def print_text(pieces: Iterable[bytes]) -> bool:
    """A text of several lines for eyes as it comes, with a line break at its end where there is any text. Returns
    whether there was any.
    """
    shown, last = VisibleText(), b""
    for piece in pieces:
        last = piece[-1:] or last
        _write(shown.take(piece).decode())
    _write(shown.rest().decode() + ("" if last in b"\n" else "\n"))
    return last != b""


def print_rows(pieces: Iterable[bytes]) -> None:
    """A table of rows as the store draws it. Of no rows it draws nothing: then a terminal is told so."""
    if not print_text(pieces) and sys.stderr is not None and sys.stderr.isatty():
        remark("no rows")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for eyes, as wide as it is, whatever the terminal: a key that is cut is none."""
    lines = [[visible(cell) for cell in line] for line in [heads, *rows]]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        _write(_GAP.join(padded).rstrip() + "\n")


def print_json(value: Any) -> None:
    """Prints one value for programs, in one line."""
    print_json_text(orjson.dumps(value).decode())


def print_json_text(text: str) -> None:
    """JSON as it is; characters that a terminal would obey, or has no letter for, as JSON's escapes."""
    _write(visible_json(text) + ("" if text.endswith("\n") else "\n"), _JSON_ERRORS)


def print_json_pieces(pieces: Iterable[bytes]) -> None:
    """Prints JSON as it comes, in UTF-8."""
    decoder, last = codecs.getincrementaldecoder("utf-8")("backslashreplace"), "\n"
    for piece in pieces:
        text = decoder.decode(piece)
        last = text[-1:] or last
        _write(visible_json(text), _JSON_ERRORS)
    _write(decoder.decode(b"", final=True) + ("" if last == "\n" else "\n"))


def print_csv(pieces: Iterable[bytes]) -> None:
    """CSV, which has no escapes: exact, in UTF-8, to a file or a pipe; as text for eyes to a terminal."""
    if sys.stdout is None or sys.stdout.isatty():
        print_text(pieces)
        return
    for piece in pieces:
        print_bytes(piece)


def is_printed_nowhere() -> bool:
    """Whether standard output was closed by whoever started us."""
    return sys.stdout is None


def prints_for_eyes() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def print_bytes(piece: bytes) -> None:
    """Bytes as they are, to a file or a pipe."""
    if sys.stdout is None:
        return
    with _until_closed():
        sys.stdout.flush()  # of what was written as text
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


@contextmanager
def _until_closed() -> Iterator[None]:
    """Raises NobodyReadsError where nobody reads any more."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        raise NobodyReadsError(0) from None


def _write(text: str, errors: str = "backslashreplace") -> None:
    if sys.stdout is None:  # it was closed by whoever started us
        return
    encoding = cast("str | None", sys.stdout.encoding) or "utf-8"
    with _until_closed():
        sys.stdout.write(text.encode(encoding, errors).decode(encoding))
        sys.stdout.flush()
