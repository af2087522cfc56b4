"""`tilde export`: all that is known of a product's people, as another service would have said it."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

import orjson
import typer

from run.cli.operated import OpenOperator, operated
from run.cli.products import Product, product_id
from run.process.outlet import is_standard_output, outlet, require_outlet, told_where_nobody_reads
from run.process.whole_file import is_named_packed
from tilde.dialects.known import DIALECTS
from tilde.errors import TildeError
from tilde.own_paths import LEFT_OUT, LINES_END, TEXTS_LEFT_OUT, activity_path
from tilde.runtime.telling import drawing_place, remark

app = typer.Typer(no_args_is_help=True, help="Take all out, in the form of another service.")

STANDARD_OUTPUT = Path("-")
_DIGITS_OF_A_DAY = len("20261231")
_ERASED = "of people who were erased, so nobody can read who they were and what was said of them"


class _End(NamedTuple):
    """What the last line of an export says."""

    lines: int
    left_out: int
    texts_left_out: int


_EXPORTS = (
    "Write what people of a product did, said and are called, as {}, which `tilde import` takes in. Who was erased is"
    " left out. Where it breaks off no file is there, and it begins anew."
)


@app.callback()
def _exports() -> None:
    """Keeps each service a command of its own, though there is only one."""


@operated
def _export(
    open_operator: OpenOperator,
    product: Product,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Into this file, which is there once it is whole. A pipe gets it as it comes; - is standard output.",
        ),
    ] = STANDARD_OUTPUT,
    gzip: Annotated[bool, typer.Option("--gzip", help="Pack it; also where the file's name ends in .gz.")] = False,
    from_: Annotated[str, typer.Option("--from", help="What was done since: Unix time or ISO 8601, of UTC.")] = "",
    to: Annotated[
        str, typer.Option("--to", help="And until then, included; a date without a time is that whole day.")
    ] = "",
) -> None:
    packs = gzip or is_named_packed(output)
    require_outlet(output, is_packed=packs)
    is_printed = is_standard_output(output)
    asked = {name: said for name, said in (("from", from_), ("to", _behind(to))) if said}
    with open_operator(needs_store=True) as op:
        path = activity_path(product_id(op, product))
        with closing(op.pieces("GET", f"{path}?{urlencode(asked)}" if asked else path)) as pieces:
            end = _print(pieces) if is_printed and not packs else _write(pieces, output, is_packed=packs)
    remark(f"{end.lines} lines" + ("" if is_printed else f" in {output}"))
    if end.left_out:
        remark(f"{end.left_out} lines are left out: {_ERASED}")
    if end.texts_left_out:
        remark(f"{end.texts_left_out} texts are left out of other lines: they were said before a person was erased")


for _dialect in DIALECTS.with_exports:
    app.command(_dialect.name, help=_EXPORTS.format(_dialect.manual.exports))(_export)


def _behind(to: str) -> str:
    """The first time behind a day or a second, as the call wants it, which leaves out its end. What is none is told
    by the call.
    """
    text = to.strip()
    try:
        if text.isdecimal() and len(text) != _DIGITS_OF_A_DAY:
            return str(int(text) + 1)
        at = datetime.fromisoformat(text)
        is_day = len(text) <= len("2026-12-31")
        return (at + (timedelta(days=1) if is_day else timedelta(seconds=1))).isoformat()
    except (ValueError, OverflowError):
        return text


def _print(pieces: Iterable[bytes]) -> _End:
    from run.process.printing import print_json_pieces

    lines = _Lines(pieces)
    with told_where_nobody_reads():
        print_json_pieces(lines)
    return lines.end()


def _write(pieces: Iterable[bytes], path: Path, *, is_packed: bool) -> _End:
    from rich.progress import DownloadColumn, Progress, SpinnerColumn, TimeElapsedColumn

    columns, lines = (SpinnerColumn(), DownloadColumn(), TimeElapsedColumn()), _Lines(pieces)
    with Progress(*columns, console=drawing_place()) as progress, outlet(path, is_packed=is_packed) as write:
        task = progress.add_task("export", total=None)
        for piece in lines:
            write(piece)
            progress.update(task, advance=len(piece))
        return lines.end()


class _Lines:
    """The lines of an export as they come, but for the last one, which says that they are all."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            held = self._rest + piece
            end = held.rfind(b"\n", 0, len(held) - 1) + 1
            if end:
                yield held[:end]
            self._rest = held[end:]

    def end(self) -> _End:
        """What the last one says, once they have been read. Raises TildeError where it says something else."""
        try:
            said = orjson.loads(self._rest)
            return _End(said[LINES_END], said[LEFT_OUT], said[TEXTS_LEFT_OUT])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TildeError("the answer has no end: it was cut off") from None
