"""A secret can be given so that no list of processes shows it: from a file, standard input, or the environment."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from run.cli import operated
from run.cli.main import app, run
from testkit.operators import AnsweringOperator
from testkit.waiting import PATIENCE_S, until

SECRETS = ["ezkey", "email", "ukey", "token", "api-key", "white-label-key", "key", "operator-token"]
ACCOUNT = {"name": "shop", "token": "t", "has_token": True}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AnsweringOperator:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TILDE_")]:
        monkeypatch.delenv(name)
    operator = AnsweringOperator(lambda _: [json.dumps(ACCOUNT).encode()])
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    return operator


def body_of(operator: AnsweringOperator) -> dict[str, Any]:
    """That of the one call."""
    ((_, _, body),) = operator.asked
    assert body is not None
    return body


def tilde(monkeypatch: pytest.MonkeyPatch, *arguments: str, stdin: bytes = b"") -> int:
    monkeypatch.setattr(sys, "argv", ["tilde", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


def test_a_secret_comes_from_a_file_from_standard_input_or_from_a_variable(
    operator: AnsweringOperator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is around it in a file is not its own; it may begin with @ or -, and the option itself is as before."""
    (tmp_path / "ezkey").write_bytes(b"\xef\xbb\xbf@an ezkey\r\n")
    (tmp_path / "operator").write_text(" operator \n")
    monkeypatch.setenv("TILDE_ACCOUNT_EMAIL", "a@b.example")
    monkeypatch.setenv("TILDE_OPERATOR_TOKEN", "another")
    files = ["--ezkey-file", "ezkey", "--ukey-file", "-", "--token-file", "-", "--operator-token-file", "operator"]
    code = tilde(monkeypatch, "account", "create", "shop", *files, "--api-key", "@api", stdin=b"-ukey\ntoken\nrest")

    assert code == 0
    assert operator.token == "operator"
    assert body_of(operator)["email"] == "a@b.example"
    assert body_of(operator)["keys"] == {"ezkey": "@an ezkey", "ukey": "-ukey", "token": "token", "api_key": "@api"}


def test_a_new_key_comes_from_a_variable(operator: AnsweringOperator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of `account rotate`."""
    monkeypatch.setenv("TILDE_ACCOUNT_KEY", "new")

    assert tilde(monkeypatch, "account", "rotate", "shop", "ezkey") == 0
    assert body_of(operator) == {"kind": "ezkey", "key": "new"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--ezkey-file none", "--ezkey-file none cannot be read: No such file or directory"),
        ("--ezkey-file .", "--ezkey-file . cannot be read: Is a directory"),
        ("--ezkey-file empty", "--ezkey-file empty must hold one line with it, and nothing is there"),
        ("--ezkey-file two", "--ezkey-file two must hold one line with it, and more is there"),
        ("--ezkey-file large", "--ezkey-file large is too large to hold one line with it"),
        ("--ezkey-file latin", "--ezkey-file latin is no UTF-8 text"),
        ("--ezkey-file -", "--ezkey-file - must hold one line with it, and nothing is there"),
        ("--ezkey a --ezkey-file two", "give --ezkey or --ezkey-file, not both"),
    ],
)
def test_a_file_that_has_none_is_told_without_what_is_in_it(
    arguments: str,
    told: str,
    operator: AnsweringOperator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And nobody is asked."""
    files = {"empty": b" \n", "two": b"secret\nsecret\n", "large": b"secret" * 20_000, "latin": b"secret\xe9"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    assert tilde(monkeypatch, "account", "create", "shop", *arguments.split()) == 1
    assert capsys.readouterr().err == f"tilde: {told}\n"
    assert operator.asked == []


def test_no_list_of_processes_shows_it(tmp_path: Path) -> None:
    """While the command runs, as anybody may look."""
    secrets = tmp_path / "secrets"
    secrets.write_text("a secret of mine\n")
    command = [sys.executable, "-m", "run.cli.main", "account", "create", "shop", "--url", "http://127.0.0.1:1"]
    command += ["--operator-token-file", str(secrets), "--ukey-file", str(secrets), "--ezkey-file", "-"]
    environment = os.environ | {"TILDE_ACCOUNT_TOKEN": "a secret of mine"}
    pipe = subprocess.PIPE
    # It waits for standard input.
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        files = Path(f"/proc/{process.pid}")
        until(lambda: b"run.cli.main" in (files / "cmdline").read_bytes(), PATIENCE_S, lambda: "it has not begun")
        until(lambda: "pipe" in (files / "wchan").read_text() or is_reading(files), 60, lambda: "it does not read")
        seen = (files / "cmdline").read_bytes() + (files / "comm").read_bytes()
        _, told = process.communicate(b"a secret of mine\n", timeout=60)

    assert b"secret of mine" not in seen
    assert b"secret of mine" not in told
    assert told.startswith(b"tilde: http://127.0.0.1:1 does not answer")


def is_reading(files: Path) -> bool:
    """Whether the process waits in a call that reads its standard input."""
    return (files / "syscall").read_text().startswith("0 0x0 ")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command and its options."""
    groups = [("tilde", typer.main.get_command(app))]
    while groups:
        name, command = groups.pop()
        below = getattr(command, "commands", {})
        groups += [(f"{name} {each}", its) for each, its in below.items()]
        if not below:
            yield name, [option for parameter in command.params for option in parameter.opts]


@pytest.mark.parametrize(
    ("command", "options"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_option_with_a_secret_has_one_for_a_file_beside_it(command: str, options: list[str]) -> None:
    """Whatever the command."""
    given = [name for name in SECRETS if f"--{name}" in options]

    assert [name for name in given if f"--{name}-file" not in options] == []
    if "--url" in options:
        assert "operator-token" in given
