"""Tilde under an environment that was made for something else: proxies for the web, a terminal that can little, a
locale of ASCII. It starts, makes its account, and its commands answer; nothing of it goes to the proxy.
"""

import json
import socket
import subprocess
from collections.abc import Iterator

import pytest

from testkit.running import TILDE, RunningTilde

NAMES = ["[/]", "arr[i]", "temp[degC]", ":fire:", "[link=http://x]x[/]", "a\u202eb", "売上", "=1+1"]
SHOWN = ["[/]", "arr[i]", "temp[degC]", ":fire:", "[link=http://x]x[/]", "a\\u202eb", "\\u58f2\\u4e0a", "=1+1"]


@pytest.fixture(scope="module")
def proxy() -> Iterator[socket.socket]:
    """Nobody should come."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.fixture(scope="module")
def strange(proxy: socket.socket) -> dict[str, str]:
    through = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    return dict.fromkeys(names, through) | {
        "NO_PROXY": "fe80::/10",
        "no_proxy": "fe80::/10",
        "SSL_CERT_FILE": "/none",
        "SSL_CERT_DIR": "/none",
        "SSLKEYLOGFILE": "/none/keys",
        "NO_COLOR": "1",
        "FORCE_COLOR": "1",
        "TERM": "dumb",
        "COLUMNS": "0",
        "LINES": "-1",
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "TZ": "Nowhere/None",
        "WEB_CONCURRENCY": "none",
        "TMPDIR": "/none",
    }


@pytest.fixture(scope="module")
def tilde(tmp_path_factory: pytest.TempPathFactory, strange: dict[str, str]) -> Iterator[RunningTilde]:
    with RunningTilde(tmp_path_factory.mktemp("strange"), strange) as running:
        yield running


def test_it_starts_and_makes_its_account(tilde: RunningTilde, proxy: socket.socket) -> None:
    """And the line to try goes past the proxy."""
    tilde.wait_printed("Read it back:")
    printed = tilde.output()

    assert "The first account, main:" in printed
    assert "Traceback" not in printed
    (command, *_) = [line for line in printed.splitlines() if "curl" in line]
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True, env=tilde.environment)
    assert done.stdout == '{"status":200,"msg":"ok"}'


def test_its_commands_answer(tilde: RunningTilde, proxy: socket.socket) -> None:
    """Every name is there, as text; and in JSON as it is."""
    (main,) = json.loads(tilde.run("account", "list", "--json"))
    for name in NAMES:
        answer = tilde.client.post("/ez", data={"ezkey": main["ezkey"], "stat": name, "count": "1"})
        assert answer.json() == {"status": 200, "msg": "ok"}
    tilde.wait_counted()
    listed = tilde.run("stat", "list")
    rows = [line.split("  ") for line in listed.splitlines()]

    assert "main" in tilde.run("account", "list")
    assert [name for name in SHOWN if not any(name in row for row in rows)] == []
    assert listed.isascii()
    assert {stat["name"] for stat in json.loads(tilde.run("stat", "list", "--json"))} >= set(NAMES)
    assert tilde.run("health", "edge") == "edge: ok\n"
    table = tilde.run("sql", "SELECT name FROM metrics")
    assert [name for name in SHOWN if name not in table] == []
    rows_of_json = json.loads(tilde.run("sql", "-f", "json", "SELECT name FROM metrics"))
    assert {row["name"] for row in rows_of_json} >= set(NAMES)
    tail = tilde.run("tail", "metrics", "--from-start", "--no-follow")
    assert {json.loads(line)["name"] for line in tail.splitlines()} >= set(NAMES)
    assert tail.isascii()
    assert "generation 2" in tilde.run("replay")
    with pytest.raises(BlockingIOError):
        proxy.accept()


def test_csv_is_utf_8_whatever_the_locale(tilde: RunningTilde) -> None:
    """And has no formula."""
    command = [*TILDE, "sql", "-f", "csv", "SELECT name FROM metrics", "--data", str(tilde.data)]
    done = subprocess.run(command, capture_output=True, env=tilde.environment, check=True)
    lines = done.stdout.decode().splitlines()

    assert '"売上"' in lines
    assert '"\'=1+1"' in lines


@pytest.mark.parametrize(
    "arguments", [["sql", "--help"], ["account", "rotate", "main", "[/]\x1b[31m"], ["--no\x1b[1m"]]
)
def test_help_and_what_is_not_understood_are_told(arguments: list[str], tilde: RunningTilde) -> None:
    """Not as a traceback, and not as a colour."""
    done = subprocess.run([*TILDE, *arguments], capture_output=True, env=tilde.environment, check=False)

    assert done.returncode == (0 if "--help" in arguments else 2)
    assert b"Traceback" not in done.stderr
    assert b"\x1b[31m" not in done.stderr
    assert b"\x1b[1m" not in done.stderr


def test_a_later_start_prints_no_key(tilde: RunningTilde) -> None:
    """What a service prints stands in a journal: the keys are there once, where they were made."""
    (main,) = json.loads(tilde.run("account", "list", "--json"))
    assert main["ezkey"] in tilde.output()
    tilde.stop()
    before = len(tilde.output())
    tilde.start()
    tilde.wait_printed("Count something:")
    printed = tilde.output()[before:]

    assert [key for key in main.values() if isinstance(key, str) and len(key) > 8 and key in printed] == []
    assert "tilde account show" in printed
