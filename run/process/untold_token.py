"""The access token of the account that a data folder begins with: it is kept, sealed, until it was shown. The log has
no more than its hash, so a start that is killed before that would leave an account that nobody can read from.
"""

import os
from contextlib import suppress
from typing import NamedTuple

from run.process.folder_lock import DataFolder, usable
from tilde.data_folder import sync_folder, untold_token_path
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Catalog
from tilde.keys.keyring import KeyFileError, Keyring, make_key


class TokenOfAccount(NamedTuple):
    """Whose it is, and the token."""

    account: str
    token: str


class UntoldToken:
    """In the folder whose lock its caller has."""

    def __init__(self, folder: DataFolder, keyring: Keyring) -> None:
        self._folder = folder
        self._path = untold_token_path(folder.path)
        self._keyring = keyring

    def kept(self) -> str:
        """The one that waits for its account; a new one where none does. It is durable. Raises TildeError."""
        return self._read() or self._made()

    def of(self, catalog: Catalog) -> TokenOfAccount | None:
        """The one that an account has by now; None where there is none, or it was rotated or taken away. Raises
        TildeError.
        """
        token = self._read()
        account = (
            None if token is None else catalog.account_of_key(KeyKind.TOKEN, self._keyring.hash(KeyKind.TOKEN, token))
        )
        return None if token is None or account is None else TokenOfAccount(account.name, token)

    def forget(self) -> None:
        """Once it was shown. Where the file stays, it is shown once more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _read(self) -> str | None:
        with usable(self._folder.path), suppress(FileNotFoundError):
            sealed = self._path.read_bytes()
            with suppress(KeyFileError):  # of another master secret: then so is the account
                return self._keyring.open(sealed)
        return None

    def _made(self) -> str:
        token = make_key(KeyKind.TOKEN)
        unfinished = self._path.with_suffix(".new")
        with usable(self._folder.path):
            with unfinished.open("wb") as file:
                file.write(self._keyring.seal(token))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
            sync_folder(self._path.parent)
        return token
