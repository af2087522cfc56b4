"""The data folder: who holds it, and what a running Tilde leaves in it for the command line to find."""

import fcntl
import os
import time
from pathlib import Path

from tilde.data_folder import lock_path, make_folder, url_path
from tilde.errors import TildeError

LEAVING_S = 5.0
"""How long the processes of a Tilde that was killed may take to notice, on a busy machine."""
LOOK_S = 0.05


class FolderInUseError(TildeError):
    """Another process holds the folder."""


class DataFolder:
    """A data folder. The lock is a file lock: it goes with the processes that inherited it, however they end."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def take(self, patience_s: float = 0) -> int:
        """Takes the folder (made where it is not) and returns the lock's descriptor.

        Raises FolderInUseError where another one holds it for `patience_s` more.
        """
        os.umask(0o077)  # what is kept here is nobody else's to read
        try:
            make_folder(self.path)
            handle = os.open(lock_path(self.path), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as cause:
            raise TildeError(f"the data folder {self.path} cannot be used: {cause.strerror}") from None
        until_s = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until_s:
                    os.close(handle)
                    raise FolderInUseError(f"another Tilde runs on {self.path}") from None
                time.sleep(LOOK_S)
            else:
                return handle

    def is_taken(self) -> bool:
        """Whether somebody holds it."""
        try:
            with lock_path(self.path).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def write_url(self, url: str) -> None:
        """Says where the Tilde that holds the folder listens."""
        url_path(self.path).write_text(url + "\n")

    def url(self) -> str:
        """Where it listens. Raises TildeError where it does not say."""
        try:
            return url_path(self.path).read_text().strip()
        except FileNotFoundError:
            raise TildeError(f"{self.path} is in use, but not by `tilde up`; try again in a moment") from None
