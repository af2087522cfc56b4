"""What `tilde export kissmetrics` leaves: a whole file or none, packed where it is asked for, and words beside it."""

import gzip
import io
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from run.cli import operated
from run.cli.main import app
from run.process.operator_client import AnswerCutOffError
from run.process.outlet import require_outlet
from run.process.printing import print_lines
from testkit.operators import AnsweringOperator, Asked
from tilde.errors import TildeError

LINES = [b'{"_p":"ann","_t":%d,"_n":"a"}\n' % nth for nth in range(1_409_324_310, 1_409_324_330)]
WHOLE = b"".join(LINES)
END = b'{"_lines":20,"_left_out":0,"_texts_left_out":0}\n'


def exported(
    monkeypatch: pytest.MonkeyPatch, pieces: Iterable[bytes], *options: str
) -> tuple[str, str, list[str], int]:
    """What stands on standard output and beside it, which paths were asked, and how it ended."""
    operator = AnsweringOperator(lambda _: pieces)
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    done = CliRunner().invoke(app, ["export", "kissmetrics", "7", *options])
    error = str(done.exception or "")
    return done.stdout, done.stderr + error, [asked.path for asked in operator.asked], done.exit_code


def cut(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 7, len(LINES[0]), 10_000])
def test_a_file_has_the_lines_however_they_come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int) -> None:
    """Without the last one, which says that it is whole."""
    file = tmp_path / "all.json"
    out, told, paths, code = exported(monkeypatch, cut(WHOLE + END, size), "--output", str(file))
    assert (file.read_bytes(), paths, code, out) == (WHOLE, ["/tilde/v1/products/7/activity"], 0, "")
    assert f"20 lines in {file}" in told.replace("\n", "")
    assert "left out" not in told
    assert (file.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (0o600, [file])


def test_it_is_printed_where_no_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    out, told, _, code = exported(monkeypatch, cut(WHOLE + END, 50))
    assert (out.encode(), told, code) == (WHOLE, "20 lines\n", 0)


def test_of_nothing_there_is_an_empty_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    end = b'{"_lines":0,"_left_out":0,"_texts_left_out":0}\n'
    assert exported(monkeypatch, [end], "--output", str(tmp_path / "all.json"))[3] == 0
    assert (tmp_path / "all.json").read_bytes() == b""
    assert exported(monkeypatch, [end])[0] == ""


@pytest.mark.parametrize("options", [("all.json.gz",), ("ALL.GZ",), ("all", "--gzip")])
def test_a_packed_one_is_the_same_file_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...]
) -> None:
    name, *rest = options
    found = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        assert exported(monkeypatch, [WHOLE, END], "--output", str(folder / name), *rest)[3] == 0
        found.append((folder / name).read_bytes())
    assert gzip.decompress(found[0]) == WHOLE
    assert found[0] == found[1]


def test_what_is_left_out_is_told_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    end = b'{"_lines":20,"_left_out":3,"_texts_left_out":2}\n'
    out, told, _, code = exported(monkeypatch, [WHOLE, end])
    assert (out.encode(), code) == (WHOLE, 0)
    assert "3 lines are left out: of people who were erased" in told
    assert "2 texts are left out of other lines" in told


@pytest.mark.parametrize(
    ("to", "asked"),
    [
        ("1790000000", "1790000001"),
        ("2026-01-01", "2026-01-02T00%3A00%3A00"),
        ("20261231", "2027-01-01T00%3A00%3A00"),
        ("2026-W01-4", "2026-01-02T00%3A00%3A00"),
        ("2026-01-01T23:59:59", "2026-01-02T00%3A00%3A00"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00%3A00%3A01%2B00%3A00"),
        ("2026-01-01 10:30:00+02:00", "2026-01-01T10%3A30%3A01%2B02%3A00"),
        (" 2026-01-01 ", "2026-01-02T00%3A00%3A00"),
        ("soon", "soon"),
        ("9999-12-31", "9999-12-31"),
        ("9" * 5_000, "9" * 5_000),
    ],
)
def test_some_time_is_asked_for_with_its_end(monkeypatch: pytest.MonkeyPatch, to: str, asked: str) -> None:
    """Which is a second, or where no time is said the whole day; what is none is told by the call, which leaves its end
    out.
    """
    _, _, paths, _ = exported(monkeypatch, [END], "--from", "2026-01-01", "--to", to)
    assert paths == [f"/tilde/v1/products/7/activity?from=2026-01-01&to={asked}"]


@pytest.mark.parametrize("is_written_to", ["", ".", "nowhere/x", "file/x"])
def test_where_no_file_can_be_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_written_to: str
) -> None:
    """It is told in a line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    _, told, paths, code = exported(monkeypatch, [WHOLE, END], "--output", is_written_to)
    assert ("folder" in told, "\n" in told, paths, code) == (True, False, [], 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def breaking_off(error: Exception) -> Iterator[bytes]:
    yield WHOLE
    raise error


@pytest.mark.parametrize("error", [AnswerCutOffError("it began, and there was no end"), TildeError("Tilde is away")])
def test_one_that_breaks_off_leaves_the_file_of_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    file = tmp_path / "all.json.gz"
    for before in (None, b"of before"):
        if before is not None:
            file.write_bytes(before)
        _, told, _, code = exported(monkeypatch, breaking_off(error), "--output", str(file))
        assert (str(error) in told, code) == (True, 1)
        assert list(tmp_path.iterdir()) == ([] if before is None else [file])
    assert file.read_bytes() == b"of before"


@pytest.mark.parametrize("pieces", [[WHOLE], [], [WHOLE, END, LINES[0]], [WHOLE, b"[]\n"], [WHOLE, b"20\n"]])
def test_one_without_an_end_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pieces: list[bytes]) -> None:
    _, told, _, code = exported(monkeypatch, pieces, "--output", str(tmp_path / "all.json"))
    assert ("no end" in told, code, list(tmp_path.iterdir())) == (True, 1, [])


class Answer:
    """Lines, until somebody closes them."""

    def __init__(self) -> None:
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            while True:
                yield WHOLE
        finally:
            self.is_closed = True


def test_where_the_disk_is_full_the_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, though whoever sends it has more: else he would read on for nobody."""

    answer, was_closed = Answer(), list[bool]()
    operator = AnsweringOperator(lambda _: answer)

    @contextmanager
    def opened(*arguments: Any, **options: Any) -> Iterator[AnsweringOperator]:
        with operator.as_operator(*arguments, **options) as op:
            try:
                yield op
            finally:
                was_closed.append(answer.is_closed)

    monkeypatch.setattr(operated, "operator", opened)
    done = CliRunner().invoke(app, ["export", "kissmetrics", "7", "--output", "/dev/full"])

    assert (done.exit_code, was_closed) == (1, [True])


def test_it_asks_a_tilde_that_has_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none runs, this process opens the store, which most commands do without."""
    operator, options = AnsweringOperator(lambda _: [END]), list[dict[str, object]]()

    def opened(data: object, url: object, token: str | None, **others: object) -> Any:
        options.append(others)
        return operator.as_operator(data, url, token)

    monkeypatch.setattr(operated, "operator", opened)
    CliRunner().invoke(app, ["export", "kissmetrics", "7"])

    assert [each["needs_store"] for each in options] == [True]


def test_what_a_killed_one_left_is_written_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "all.json.part").write_bytes(WHOLE * 2)
    assert exported(monkeypatch, [WHOLE, END], "--output", str(tmp_path / "all.json"))[3] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]
    assert (tmp_path / "all.json").read_bytes() == WHOLE


def test_what_is_packed_is_not_shown_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("run.process.printing.sys.stdout", _Terminal())
    with pytest.raises(TildeError, match="no text for a terminal"):
        require_outlet(Path("-"), is_packed=True)
    require_outlet(Path("-"), is_packed=False)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("options", [("--gzip",), ("--output", "-", "--gzip"), ("--output", "/dev/stdout", "--gzip")])
def test_what_is_packed_is_led_on(monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    """As `tilde export .. --gzip > FILE`."""
    monkeypatch.setattr(operated, "operator", AnsweringOperator(lambda _: [WHOLE, END]).as_operator)
    done = CliRunner().invoke(app, ["export", "kissmetrics", "7", *options])

    assert (gzip.decompress(done.stdout_bytes), done.exit_code) == (WHOLE, 0)
    assert done.stderr.endswith("\n20 lines\n")


@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_standard_output_has_a_name(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    out, told, _, code = exported(monkeypatch, [WHOLE, END], "--output", output)
    assert (out.encode(), told, code) == (WHOLE, "20 lines\n", 0)


@pytest.mark.parametrize("name", ["pipe", "pipe.gz"])
def test_a_named_pipe_takes_the_lines_as_they_come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """And stays one, with nothing beside it."""
    pipe = tmp_path / name
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reading:
        read = reading.submit(pipe.read_bytes)
        _, told, _, code = exported(monkeypatch, [*cut(WHOLE, 100), END], "--output", str(pipe))

    assert code == 0, told
    assert (gzip.decompress(read.result()) if name.endswith(".gz") else read.result()) == WHOLE
    assert list(tmp_path.iterdir()) == [pipe]
    assert pipe.is_fifo()


def test_a_device_stays_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file in the place of /dev/null would be everybody's loss."""
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    assert exported(monkeypatch, [WHOLE, END], "--output", str(device))[3] == 0
    assert device.is_char_device()
    assert list(tmp_path.iterdir()) == [device]


def test_a_pipe_that_nobody_reads_to_the_end_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reading:
        read = reading.submit(lambda: pipe.open("rb").close())
        _, told, _, code = exported(monkeypatch, [*[WHOLE] * 1_000, END], "--output", str(pipe))
        read.result()

    assert (f"{pipe} cannot be written: Broken pipe" in told, code) == (True, 1)


@contextmanager
def unread_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard output is a pipe whose reader has ended, as `head` does."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        yield
    monkeypatch.undo()


@pytest.mark.parametrize("options", [[], ["--gzip"]])
def test_standard_output_that_nobody_reads_to_the_end_is_told(
    monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    """As `tilde export .. | head -1`: an error, and so not exit code 0."""
    monkeypatch.setattr(operated, "operator", AnsweringOperator(lambda _: [WHOLE, END]).as_operator)
    command = get_command(app)  # with nothing between it and standard output
    with unread_output(monkeypatch), pytest.raises(TildeError, match="it is not all"):
        command(["export", "kissmetrics", "7", *options], standalone_mode=False)


def test_a_list_that_nobody_reads_to_the_end_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with unread_output(monkeypatch), pytest.raises(SystemExit) as ended:
        print_lines("a list")

    assert ended.value.code == 0


def test_standard_output_that_is_closed_takes_no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """`tilde export .. >&-`."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(TildeError, match="standard output is closed"):
        require_outlet(Path("-"), is_packed=False)


def test_one_that_breaks_off_is_no_whole_packed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        operated, "operator", AnsweringOperator(lambda _: breaking_off(AnswerCutOffError("cut off"))).as_operator
    )
    done = CliRunner().invoke(app, ["export", "kissmetrics", "7", "--gzip"])

    assert done.exit_code == 1
    with pytest.raises(EOFError):
        gzip.decompress(done.stdout_bytes)


@pytest.mark.parametrize("content", [WHOLE, gzip.compress(WHOLE)])
def test_a_pipe_is_taken_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    """A named one, and standard input: `gunzip -c FILE | tilde import kissmetrics -`."""
    operator = AnsweringOperator(taking)
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writing:
        written = writing.submit(pipe.write_bytes, content)
        done = CliRunner().invoke(app, ["import", "kissmetrics", str(pipe), "--product", "7"])
        written.result()

    assert "20 lines taken" in done.stdout, done.output
    done = CliRunner().invoke(app, ["import", "kissmetrics", "-", "--product", "7"], input=content)
    assert "20 lines taken" in done.stdout, done.output
    taken = [line for asked in operator.asked for line in (asked.body or {})["lines"]]
    assert taken == 2 * list(map(orjson.loads, LINES))


def test_the_end_of_an_answer_of_our_api_is_no_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `curl` has written is taken in whole, and nothing of it is told as left out; what only looks so is sent."""
    file = tmp_path / "all.json"
    others = [b'{"_lines":1,"_left_out":0}\n', b'{"_p":"a","_t":1409324310,"_lines":20,"_left_out":0}\n']
    file.write_bytes(WHOLE + END + b"".join(others))
    operator = AnsweringOperator(taking)
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    done = CliRunner().invoke(app, ["import", "kissmetrics", str(file), "--product", "7"])
    taken = [line for asked in operator.asked for line in (asked.body or {})["lines"]]

    assert taken == list(map(orjson.loads, [*LINES, *others]))
    assert "22 lines taken, 0 left out" in done.stdout


def taking(asked: Asked) -> list[bytes]:
    assert asked.body is not None
    return [orjson.dumps({"taken": len(asked.body["lines"]), "errors": []})]


@pytest.mark.parametrize(
    ("content", "lines", "told"),
    [
        (gzip.compress(WHOLE), 20, "20 lines taken"),
        (gzip.compress(WHOLE)[:-4], 20, "go on with --from-line 21"),
        (WHOLE, 0, "is no whole gzip file"),
    ],
)
def test_a_packed_file_is_taken_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, lines: int, told: str
) -> None:
    file = tmp_path / "all.json.gz"
    file.write_bytes(content)
    operator = AnsweringOperator(taking)
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    done = CliRunner().invoke(app, ["import", "kissmetrics", str(file), "--product", "7"])
    taken = [line for asked in operator.asked for line in (asked.body or {})["lines"]]
    assert (taken, told in done.output + str(done.exception or "")) == (list(map(orjson.loads, LINES[:lines])), True)
