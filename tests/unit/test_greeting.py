"""What `tilde up` says when it is ready: keys once, and lines that a shell reads as they are meant."""

import shlex
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from run.process.greeting import Greeting
from tilde.domain.catalog.keys import ACCOUNT_KEYS

URL = "http://127.0.0.1:8000"
ODD = "it's $(id) `id` \"&%+é"
ACCOUNT = dict.fromkeys(ACCOUNT_KEYS, ODD) | {"name": "main", "product": {"name": "main", "tracking_key": ODD + "2"}}


def commands(lines: list[str]) -> list[list[str]]:
    """The words of each command, as a shell has them."""
    return [shlex.split(line) for line in lines if line.startswith("  curl")]


def test_the_keys_of_an_account_that_was_made_are_said_and_quoted() -> None:
    """Whatever is in them: what is pasted sends that ezkey, reads by that token, and tracks with the product's key."""
    lines = list(Greeting([URL], Path("/data"), {}).made(ACCOUNT))
    post, read, track = commands(lines)

    assert all(f"  {kind:16}{ODD}" in "\n".join(lines) for kind in ACCOUNT_KEYS)
    assert dict(parse_qsl(post[2])) == {"ezkey": ODD, "stat": "hello", "count": "1"}
    assert post[3:] == [f"{URL}/ez"]
    assert len(read) == 2
    assert f"  tracking_key    {ODD}2" in "\n".join(lines)
    assert dict(parse_qsl(track[4])) == {"_k": f"{ODD}2", "_p": "bob", "_n": "Signed Up"}
    assert (track[1:4], track[5:]) == (["-o", "/dev/null", "-d"], [f"{URL}/e"])


@pytest.mark.parametrize(
    ("data", "name", "command"),
    [
        ("/data", "main", ["tilde", "account", "show", "--data", "/data", "main"]),
        ("/it's here", "a b", ["tilde", "account", "show", "--data", "/it's here", "a b"]),
        ("/data", "-x", ["tilde", "account", "show", "--data", "/data", "--", "-x"]),
    ],
)
def test_no_key_of_an_account_that_was_there_is_said(data: str, name: str, command: list[str]) -> None:
    """But the command that shows it."""
    lines = list(Greeting([URL], Path(data), {}).known(name))
    (post,) = commands(lines)

    assert post == ["curl", "-d", "ezkey=EZKEY&stat=hello&count=1", f"{URL}/ez"]
    assert shlex.split(lines[-1].partition(": ")[2]) == command


@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
def test_a_line_to_try_goes_through_no_proxy(variable: str) -> None:
    """Which curl takes from the environment, for this machine too."""
    (post,) = commands(list(Greeting([URL], Path("/data"), {variable: "http://p"}).known("main")))

    assert post[:3] == ["curl", "--noproxy", "*"]
