"""Standard output: what is for eyes has nothing that a terminal obeys, what is for programs keeps its meaning."""

import asyncio
import csv
import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from run.cli.account import show, show_all
from run.process.printing import print_csv, print_json, print_lines, print_table, print_text
from tilde.runtime.telling import Outage, announce, listen_to_libraries, tell, tell_bug

ODD = [
    "[/]",
    "[red]red[/red]",
    "arr[i]",
    "temp[degC]",
    ":fire:",
    "[link=http://x]x[/link]",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://x\x07here\x1b]8;;\x07",
    "\x9b31m",
    "a\r\ntilde: all is well",
    "a\u202eb",
    "a\u200bb",
    "a\u2028b",
    "\x07",
    "売上",
]


class Output(io.TextIOWrapper):
    """Standard output of some encoding, to a terminal or to none."""

    def __init__(self, encoding: str, *, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def bytes_written(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()  # type: ignore[attr-defined]


def output(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8", *, is_terminal: bool = False) -> Output:
    replaced = Output(encoding, is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stdout", replaced)
    return replaced


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_text_in_a_table_and_in_a_list(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One row, one line, however it looks like markup; brackets and colons as they are."""
    show_all(
        [{"name": name, "key": "k" * 300}], {"name": lambda s: s["name"], "key": lambda s: s["key"]}, as_json=False
    )
    head, row = capsys.readouterr().out.split("\n")[:-1]
    show({"name": name, "comments": [{"text": name}]}, as_json=False)
    lines = capsys.readouterr().out.split("\n")[:-1]

    assert head.split() == ["name", "key"]
    assert row.endswith("  " + "k" * 300)
    assert len(lines) == 2
    assert all(line.isprintable() for line in [head, row, *lines])
    if name.isprintable():
        assert row.startswith(name + "  ")


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_keeps_its_meaning_in_every_locale(name: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line of characters that no terminal obeys."""
    replaced = output(monkeypatch, encoding)
    print_json({"name": name})
    text = replaced.bytes_written().decode(encoding)

    assert json.loads(text) == {"name": name}
    assert text.removesuffix("\n").isprintable()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_the_terminal_has_no_letter_for_is_shown_as_its_escape(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And ends nothing."""
    replaced = output(monkeypatch, encoding, is_terminal=True)
    print_lines("売上")
    print_table(["name"], [["売上"]])
    print_text("│ 売上 │".encode()[i : i + 1] for i in range(20))

    assert replaced.bytes_written().count(b"\\u58f2\\u4e0a") == 3


@pytest.mark.parametrize("name", ODD)
def test_csv_is_exact_to_a_pipe_and_text_to_a_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe is a program's, and CSV has no escapes; in UTF-8 whatever the locale."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([name, "é"])
    piped = output(monkeypatch, "ascii")
    print_csv([text.getvalue().encode()])
    shown = output(monkeypatch, is_terminal=True)
    print_csv([text.getvalue().encode()])

    assert piped.bytes_written() == text.getvalue().encode()
    assert all(line.isprintable() for line in shown.bytes_written().decode().split("\n"))


def test_an_output_that_was_closed_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`tilde .. >&-`: there is none then."""
    monkeypatch.setattr(sys, "stdout", None)
    print_lines("a")
    print_csv([b"a\n"])
    print_json(1)


def test_an_error_output_that_was_closed_takes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tilde .. 2>&-`: standard output is for the answer."""
    monkeypatch.setattr(sys, "stderr", None)
    tell("edge", "a word")
    tell_bug(ValueError("a bug"))

    assert capsys.readouterr().out == ""


FORGED = "x\ntilde: \x1b[32mall is well\x1b[0m\r\u202e"
SHOWN = "x\\ntilde: \\x1b[32mall is well\\x1b[0m\\r\\u202e"


def test_a_line_that_is_told_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever's words are in it."""
    tell("edge", FORGED)
    announce(FORGED)
    Outage("edge", "Kafka").failed(object(), Exception(FORGED))

    assert capsys.readouterr().err.splitlines() == [
        f"tilde edge: {SHOWN}",
        f"tilde: {SHOWN}",
        f"tilde edge: Kafka does not answer, and is tried again until it does: {SHOWN}",
    ]


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What libraries log is written as our own lines are."""
    root = logging.getLogger()
    handlers: list[Any] = list(root.handlers)
    monkeypatch.setattr(root, "handlers", [])
    levels = {}
    for name in (
        "uvicorn",
        "uvicorn.error",
        "asyncio",
    ):  # a server that ran in this process may have left them otherwise
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(logger, "disabled", False)
        levels[logger] = logger.level
        logger.setLevel(logging.NOTSET)  # not by monkeypatch: a logger remembers what it logs until this is called
    listen_to_libraries()
    yield
    root.handlers = handlers
    for logger, level in levels.items():
        logger.setLevel(level)


def test_what_a_library_logs_begins_no_line_of_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does the text of an error in a traceback."""
    error = ValueError(FORGED)
    with listening(monkeypatch):
        logging.getLogger("uvicorn.error").error("%s", FORGED, exc_info=error)
        tell_bug(error)
    first, *rest = capsys.readouterr().err.splitlines()

    assert first == SHOWN
    assert rest
    assert all(line.startswith("  | ") and line.isprintable() for line in rest)


def test_what_a_loop_complains_of_without_an_error_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a client that nobody closed. That there is no error it says in a way of its own."""
    loop = asyncio.new_event_loop()
    with listening(monkeypatch):
        loop.call_exception_handler({"message": "Unclosed AIOKafkaProducer"})
    loop.close()

    assert capsys.readouterr().err == "Unclosed AIOKafkaProducer\n"
