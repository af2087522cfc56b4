"""The access token of the first account, which is kept until it was shown."""

from pathlib import Path

import pytest

from run.process.folder_lock import DataFolder
from run.process.untold_token import UntoldToken
from testkit.builders import a_catalog
from testkit.edges import KEYRING
from tilde.data_folder import untold_token_path
from tilde.domain.catalog.accounts import AccountCreated, KeyStored
from tilde.domain.catalog.keys import KeyKind
from tilde.errors import TildeError
from tilde.keys.keyring import Keyring


def untold_in(folder: Path) -> UntoldToken:
    return UntoldToken(DataFolder(folder), KEYRING)


def main_with(token: str) -> AccountCreated:
    return AccountCreated(1, "main", (KEYRING.store(KeyKind.TOKEN, token),), 1, "uuid", "")


def test_it_is_the_same_until_it_is_forgotten(tmp_path: Path) -> None:
    """Also to another start; the file does not tell it."""
    token = untold_in(tmp_path).kept()

    assert untold_in(tmp_path).kept() == token
    assert token.encode() not in untold_token_path(tmp_path).read_bytes()
    untold_in(tmp_path).forget()
    untold_in(tmp_path).forget()
    assert untold_in(tmp_path).of(a_catalog(main_with(token))) is None
    assert untold_in(tmp_path).kept() != token


def test_it_is_told_of_the_account_that_has_it(tmp_path: Path) -> None:
    """Not before there is one, nor after it has another one: what it was opens nothing then."""
    untold = untold_in(tmp_path)
    token = untold.kept()
    rotated = KeyStored(1, KEYRING.store(KeyKind.TOKEN, "another"))

    assert untold.of(a_catalog()) is None
    assert untold.of(a_catalog(main_with(token))) == ("main", token)
    assert untold.of(a_catalog(main_with(token), rotated)) is None


def test_one_of_another_master_secret_is_none(tmp_path: Path) -> None:
    token = UntoldToken(DataFolder(tmp_path), Keyring(bytes(32))).kept()

    assert untold_in(tmp_path).kept() != token


def test_where_it_cannot_be_kept_no_account_gets_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(TildeError, match="cannot be used: a file stands in its place"):
        untold_in(tmp_path / "data").kept()
