"""What commands print where there is nothing to print, or nobody to wait for."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from run.cli import account, operated, tailing
from run.cli.main import run
from run.process.folder_lock import DataFolder
from run.process.printing import print_rows
from testkit.operators import AnsweringOperator, Asked
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.data_folder import catalog_path
from tilde.errors import TildeError
from tilde.eventlog.logfile import LogFile
from tilde.runtime.tasks import cancel
from tilde.settings import load_settings


def answering(monkeypatch: pytest.MonkeyPatch, answer: str = "", error: str = "") -> None:
    """Every call of commands gets this answer, or is refused."""

    def pieces(_: Asked) -> list[bytes]:
        if error:
            raise TildeError(error)
        return [answer.encode()]

    monkeypatch.setattr(operated, "operator", AnsweringOperator(pieces).as_operator)


@pytest.mark.parametrize(
    ("answer", "printed"),
    [('[{"n":1}]', '[{"n":1}]\n'), ('"n"\n1\n', '"n"\n1\n'), ("", "")],
    ids=["json", "csv", "none"],
)
def test_rows_end_with_a_new_line(
    answer: str, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One, whatever the format."""
    answering(monkeypatch, answer)
    monkeypatch.setattr(sys, "argv", ["tilde", "sql", "SELECT 1"])
    with pytest.raises(SystemExit):
        run()

    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(("answer", "is_told"), [("", True), ("┌─n─┐\n", False)])
def test_a_terminal_is_told_that_there_are_no_rows(
    answer: str, is_told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads both streams gets nothing, as before."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    print_rows([answer.encode()])
    assert capsys.readouterr() == (answer, "no rows\n" if is_told else "")

    monkeypatch.undo()
    print_rows([answer.encode()])
    assert capsys.readouterr() == (answer, "")


PRODUCTS = [
    {"id": 1, "account": "main", "name": "main"},
    {"id": 2, "account": "main", "name": "shop"},
    {"id": 3, "account": "other", "name": "shop"},
]


@pytest.mark.parametrize(
    ("product", "told"),
    [
        ("store", "no product is called 'store'; `tilde product list` shows those that there are"),
        (
            "shop",
            "2 products are called 'shop'; say which one by its id: 2 of the account main, 3 of the account other",
        ),
    ],
)
def test_a_product_is_found_by_a_name_that_one_has(
    product: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, json.dumps(PRODUCTS))
    monkeypatch.setattr(sys, "argv", ["tilde", "product", "show", product])
    with pytest.raises(SystemExit) as ended:
        run()

    assert ended.value.code == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("has_token", "told"), [(True, account.SHOWN_ONCE), (False, "(none)")])
def test_a_token_that_is_not_shown_is_told_from_one_that_was_revoked(
    has_token: bool, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In JSON `token` is null for both, and `has_token` says which."""
    shown = {"token": None, "ukey": None, "has_token": has_token, "product": {"domain": "", "sitekey": None}}
    answering(monkeypatch, json.dumps(shown))
    account.show_account(name="main")
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    account.show_account(name="main", as_json=True)

    assert lines == [["token", told], ["ukey", "(none)"], ["product.domain", "(none)"], ["product.sitekey", "(none)"]]
    assert json.loads(capsys.readouterr().out) == shown


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "stat not found",
            "no stat of account 'main' has the id 'page view': give the id, as `tilde stat list` shows it; of another account, --account too; of another product than its first, --product too",
        ),
        (
            "no stat has the id 'page view'",
            "no stat of account 'main' has the id 'page view': give the id, as `tilde stat list` shows it; of another account, --account too; of another product than its first, --product too",
        ),
        (
            "the stat is not in the trash of this account, or has been there for more than 48 hours",
            "stat 'page view' is not in the trash of account 'main', or has been there for more than 48 hours; of another account, --account too; of another product than its first, --product too",
        ),
        ("something else", "something else"),
    ],
)
@pytest.mark.parametrize("command", ["show", "delete", "restore"])
def test_a_name_in_the_place_of_an_id_is_told(
    command: str, error: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With where to find the id."""
    answering(monkeypatch, error=error)
    monkeypatch.setattr(sys, "argv", ["tilde", "stat", command, "page view"])
    with pytest.raises(SystemExit):
        run()

    assert capsys.readouterr().err == f"tilde: {told}\n"


def test_the_account_and_the_product_that_were_looked_in_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, error="stat not found")
    words = ["tilde", "stat", "set", "0kPg3xTqa", "--account", "shop", "--product", "3", "--public"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit):
        run()

    assert "tilde: no stat of product '3' of account 'shop' has the id '0kPg3xTqa': " in capsys.readouterr().err


def test_of_many_ids_those_that_no_stat_has_are_told_with_their_account(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, '{"deleted": ["a"], "not_found": ["b", "c"]}')
    monkeypatch.setattr(sys, "argv", ["tilde", "stat", "delete", "a", "b", "c", "-a", "shop"])
    with pytest.raises(SystemExit):
        run()

    assert "tilde: no stat of account 'shop' has the id b, c: of another account, --acc" in capsys.readouterr().err


def test_no_key_runs_into_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    """Two blanks at least, in one column where keys are short; a list is JSON."""
    account.show(
        {
            "id": 1,
            "counts": {"filter": {"comparison": "equals"}},
            "question": {"filter": {"operands": [{"type": "event", "none": None}]}},
        },
        as_json=False,
    )

    assert capsys.readouterr().out.splitlines() == [
        "id                      1",
        "counts.filter.comparison  equals",
        'question.filter.operands  [{"type":"event","none":null}]',
    ]


@pytest.mark.parametrize(("is_held", "follow", "lines"), [(False, True, 1), (True, True, 0), (False, False, 0)])
def test_whoever_waits_for_nobody_is_told(
    is_held: bool,
    follow: bool,
    lines: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """One line; and the tail waits, since a Tilde may be started."""
    mask = os.umask(0o077)
    lock = DataFolder(tmp_path).take()
    os.umask(mask)
    if not is_held:
        os.close(lock)
    LogFile(catalog_path(tmp_path), writes=True).close()
    monkeypatch.chdir(tmp_path)

    told = ""

    def is_told() -> bool:
        nonlocal told
        told += capsys.readouterr().err
        return bool(told)

    async def a_while() -> None:
        tail = asyncio.create_task(
            tailing.tail(load_settings(data=tmp_path), "catalog", from_start=False, follow=follow)
        )
        if lines:
            await until_it_holds(is_told)
        done, _ = await asyncio.wait([tail], timeout=0.3 if follow else PATIENCE_S)
        assert bool(done) != follow
        await cancel(tail)

    asyncio.run(a_while())
    is_told()

    assert told == f"tilde: no Tilde runs on {tmp_path}; waiting for one, until Ctrl-C\n" * lines
    if is_held:
        os.close(lock)
