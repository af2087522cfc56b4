"""How `tilde sql` takes a statement: a comment at its beginning is no option, and it may come from standard input."""

import io
import sys

import pytest

from run.cli import operated
from run.cli.main import run
from testkit.operators import AnsweringOperator

SELECT = "-- all of them\nSELECT 1"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> AnsweringOperator:
    operator = AnsweringOperator(lambda _: [b"1\n"])
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    return operator


def tilde(monkeypatch: pytest.MonkeyPatch, *arguments: str, stdin: bytes = b"") -> int:
    monkeypatch.setattr(sys, "argv", ["tilde", "sql", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    "arguments",
    [(SELECT,), (SELECT, "--format", "csv"), ("-f", "csv", SELECT), ("--format=csv", "--", SELECT)],
    ids=["alone", "before options", "behind options", "as it had to be"],
)
def test_a_statement_may_begin_with_a_comment(
    arguments: tuple[str, ...], operator: AnsweringOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stands among the options."""
    code = tilde(monkeypatch, *arguments)

    assert code == 0
    assert [asked.body for asked in operator.asked] == [
        {"query": SELECT, "format": "csv" if len(arguments) > 1 else "table"}
    ]


def test_a_statement_comes_from_standard_input(operator: AnsweringOperator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of `-`; what an editor of Windows puts before it is not its own."""
    code = tilde(monkeypatch, "-", stdin=b"\xef\xbb\xbf" + SELECT.encode())

    assert code == 0
    assert [asked.body for asked in operator.asked] == [{"query": SELECT, "format": "table"}]


@pytest.mark.parametrize("stdin", [b"\xff", b"x" * ((1 << 20) + 1)], ids=["no text", "too large"])
def test_what_is_no_statement_on_standard_input_is_told(
    stdin: bytes, operator: AnsweringOperator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tilde(monkeypatch, "-", stdin=stdin) == 1
    assert "standard input is" in capsys.readouterr().err
    assert operator.asked == []


def test_an_option_that_there_is_not_is_none_still(
    operator: AnsweringOperator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no white space in it, or only behind an `=`."""
    assert tilde(monkeypatch, "SELECT 1", "--nonsense=of mine") == 2
    assert "No such option: --nonsense" in capsys.readouterr().err
