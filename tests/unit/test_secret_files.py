"""The secrets' files: made once, whole or not at all, and told of where they hold no secret."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tilde.keys.keyring import KeyFileError
from tilde.keys.secret_files import load_master, load_operator_token

MASTER = bytes(range(32))


def test_the_master_is_made_once_and_read_again(tmp_path: Path) -> None:
    """Readable by its owner alone."""
    path = tmp_path / "key"

    made = load_master(path, None)

    assert len(made) == 32
    assert load_master(path, None) == made
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    """And no file is made for it."""
    assert load_master(tmp_path / "key", MASTER.hex()) == MASTER
    assert not (tmp_path / "key").exists()


def test_a_secret_s_file_may_have_been_in_an_editor(tmp_path: Path) -> None:
    """Which began it with a byte order mark, and ended its line in two characters."""
    path = tmp_path / "secret"
    path.write_text(f"\ufeff{MASTER.hex()}\r\n", "utf-8")

    assert load_master(path, None) == MASTER
    assert load_operator_token(path, None) == MASTER.hex()


@pytest.mark.parametrize("text", ["no secret", "00" * 31, "00" * 33, "zz" * 32])
def test_a_master_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    """The message says where it stands and how to make one, and does not repeat it."""
    with pytest.raises(KeyFileError, match="TILDE_KEY must hold 64 hex digits") as from_environment:
        load_master(tmp_path / "key", text)
    (tmp_path / "key").write_text(text)
    with pytest.raises(KeyFileError, match="key must hold 64 hex digits"):
        load_master(tmp_path / "key", None)

    assert text not in str(from_environment.value)


def test_the_operator_token_is_made_once_and_an_empty_one_is_refused(tmp_path: Path) -> None:
    """An empty token would let everybody in."""
    path = tmp_path / "operator_token"
    made = load_operator_token(path, None)

    assert len(made) == 64
    assert load_operator_token(path, None) == made
    assert load_operator_token(path, "from the environment") == "from the environment"
    path.write_text("\n")
    with pytest.raises(KeyFileError, match="is empty"):
        load_operator_token(path, None)


def test_the_secrets_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it is written, a start makes another; where two processes make one, both have the same."""
    path = tmp_path / "key"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            load_master(path, None)
    assert not path.exists()
    first = load_master(path, None)
    assert (len(first), load_master(path, None)) == (32, first)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "exists", lambda _: False)  # it looked before the other one was done
        assert load_master(path, None) == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("load", [load_master, load_operator_token])
def test_a_secrets_file_that_is_no_text_is_told(tmp_path: Path, load: Callable[[Path, str | None], object]) -> None:
    """It was restored from the wrong file."""
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(KeyFileError, match="^secret "):
        load(tmp_path / "secret", None)
