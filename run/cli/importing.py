"""`tilde import`: what other services kept, into this one."""

import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from io import BufferedReader, RawIOBase
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import orjson
import typer

from run.cli.operated import OpenOperator, operated
from run.cli.operators import Operator
from run.cli.products import ProductOption, product_id
from run.process.printing import print_lines
from run.process.whole_file import is_named_packed
from tilde.dialects.known import DIALECTS
from tilde.errors import TildeError
from tilde.own_paths import END_KEYS, LINE_BYTES_MAX, LINES_END, LINES_MAX, activity_path
from tilde.runtime.portions import portions_by_size
from tilde.runtime.telling import remark

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(no_args_is_help=True, help="Take in what another service has exported.")

STANDARD_INPUT = Path("-")
PORTION_BYTES = 256 << 10
_GZIP_MAGIC = b"\x1f\x8b"  # with which no JSON begins
REMARKS_MAX = 20  # of lines that are left out

NumberedLine = tuple[int, bytes]
"""Its number, from 1, and what it says."""


_TAKES_IN = (
    "Take in the events, properties and aliases of a product from {}. Where it breaks off it says with which line to go"
    " on; a line that is taken in twice counts once, and one that cannot be taken is left out and told by its number."
)


@app.callback()
def _imports() -> None:
    """Keeps each service a command of its own, though there is only one."""


@operated
def _take_in(
    open_operator: OpenOperator,
    file: Annotated[
        Path,
        typer.Argument(help="The export; it may be packed by gzip. - is standard input.", dir_okay=False),
    ],
    product: ProductOption,
    from_line: Annotated[int, typer.Option(min=1, help="Begin with this line; those before were taken.")] = 1,
) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeElapsedColumn

    if file != STANDARD_INPUT and not file.exists():
        raise TildeError(f"there is no file {file}")
    columns = (BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with open_operator() as op, Progress(*columns) as progress:
        taken, left_out = _import(op, product_id(op, product), file, from_line, progress)
    print_lines(_counted(taken, left_out))
    if left_out and not taken:
        raise TildeError(f"no line of {file.name} could be taken")


for _dialect in DIALECTS.with_exports:
    app.command(_dialect.name, help=_TAKES_IN.format(_dialect.manual.exports))(_take_in)


def _import(op: Operator, product: int, file: Path, from_line: int, progress: "Progress") -> tuple[int, int]:
    """How many lines were taken, and left out. Raises TildeError, which says with which line to go on."""
    taken = left_out = 0
    with _opened(file) as raw:
        task = progress.add_task("import", total=_size(file))
        lines = _Lines(_unpacked(raw, file))
        for portion in portions_by_size(lines, lambda line: len(line[1]), PORTION_BYTES, LINES_MAX):
            if raw.seekable():
                progress.update(task, completed=raw.tell())
            wanted = [(number, line) for number, line in portion if number >= from_line and _is_said(line)]
            if not wanted:
                continue
            try:
                wrong = _take(op, product, wanted)
            except TildeError as error:
                raise TildeError(f"{error}; go on with --from-line {wanted[0][0]}") from None
            for number, why in sorted(wrong.items())[: max(REMARKS_MAX - left_out, 0)]:
                remark(f"line {number} is left out: {why}")
            taken += len(wanted) - len(wrong)
            left_out += len(wrong)
    if lines.fault:
        raise TildeError(_told_of_fault(file.name, lines, taken, left_out, from_line))
    if from_line > lines.read + 1:
        raise TildeError(f"{file.name} ends before line {from_line}: it has {lines.read} lines")
    return taken, left_out


def _opened(file: Path) -> BufferedReader:
    return BufferedReader(cast("RawIOBase", sys.stdin.buffer)) if file == STANDARD_INPUT else file.open("rb")


def _size(file: Path) -> int | None:
    """None of a pipe, of which nobody knows how much will come."""
    return None if file == STANDARD_INPUT else file.stat().st_size or None


def _counted(taken: int, left_out: int) -> str:
    return f"{taken} lines taken, {left_out} left out"


class _Lines:
    """The lines of a file, with their numbers, as far as it can be read: `read` is how many that were, and `fault` why
    there are no more, empty where there are none.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read = 0
        self.fault = ""

    def __iter__(self) -> Iterator[NumberedLine]:
        import gzip

        try:
            for number, line in _numbered(self._file):
                self.read = number
                yield number, line
        except (gzip.BadGzipFile, EOFError, zlib.error) as cause:
            self.fault = str(cause)


def _told_of_fault(name: str, lines: _Lines, taken: int, left_out: int, from_line: int) -> str:
    """That a file is no whole one, and where to go on in one that is."""
    why = f"{name} is no whole gzip file: {lines.fault}"
    if not lines.read:
        return why
    return f"{why}; {_counted(taken, left_out)}; go on with --from-line {max(lines.read + 1, from_line)}"


def _unpacked(raw: BufferedReader, file: Path) -> BinaryIO:
    """The lines of a file that may be packed, as its name says, or how it begins."""
    if not is_named_packed(file) and not raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
        return raw
    import gzip

    return cast("BinaryIO", gzip.open(raw))


def _take(op: Operator, product: int, lines: Sequence[NumberedLine]) -> dict[int, str]:
    """By their numbers why some were left out; the others are taken. Raises TildeError."""
    objects: dict[int, Any] = {}
    wrong: dict[int, str] = {}
    for number, line in lines:
        try:
            objects[number] = _object(line)
        except _NoObjectError as fault:
            wrong[number] = str(fault)
    if objects:
        numbers = list(objects)
        answer = op.call("POST", activity_path(product), {"lines": list(objects.values())})
        wrong |= {numbers[error["index"]]: error["message"] for error in answer["errors"]}
    return wrong


def _numbered(file: BinaryIO) -> Iterator[NumberedLine]:
    """All lines; of one that is too long, as much as says so. A mark in front of the first is no part of it."""
    for number in count(1):
        line = file.readline(LINE_BYTES_MAX + 1)
        if not line:
            return
        end = line
        while len(end) > LINE_BYTES_MAX and not end.endswith(b"\n"):
            end = file.readline(LINE_BYTES_MAX + 1)
        yield number, line.removeprefix(BOM_UTF8) if number == 1 else line


def _is_said(line: bytes) -> bool:
    """Whether it says something: it is not blank, nor the end that Tilde's own API puts behind its lines."""
    if LINES_END.encode() not in line:
        return bool(line.strip())
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return not isinstance(said, dict) or said.keys() != END_KEYS


class _NoObjectError(Exception):
    """A line that is none which could be taken, and why: Tilde would refuse the others beside it, too."""


def _object(line: bytes) -> dict[str, Any]:
    """Raises _NoObjectError."""
    if len(line.strip()) > LINE_BYTES_MAX:
        raise _NoObjectError("it is longer than a MiB")
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _NoObjectError(f"it is no JSON: {error.msg}, at character {error.pos + 1}") from None
    if not isinstance(said, dict):
        raise _NoObjectError("it is no JSON object")
    if any(isinstance(value, dict | list) for value in said.values()):
        raise _NoObjectError("a value of it is a list or an object")
    if len(orjson.dumps(said)) > LINE_BYTES_MAX:
        raise _NoObjectError("it is longer than a MiB")
    return said
