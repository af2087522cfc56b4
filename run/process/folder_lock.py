"""Locks the data folder for one Tilde, and keeps in it where that one listens, so that commands find it."""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tilde.data_folder import lock_path, make_folder, url_path
from tilde.errors import TildeError
from tilde.runtime.machine import cure_of
from tilde.runtime.telling import announce

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
        with usable(self.path):
            make_folder(self.path)
            handle = os.open(lock_path(self.path), os.O_RDWR | os.O_CREAT, 0o600)
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
        """Whether somebody holds the folder."""
        try:
            with lock_path(self.path).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def write_urls(self, urls: Sequence[str]) -> None:
        """Says where the Tilde that holds the folder listens, a line each. Where that cannot be written it is told, and
        goes on: commands on this folder do not find it then, clients do.
        """
        path, text = url_path(self.path), "".join(f"{url}\n" for url in urls)
        unfinished = path.with_suffix(".new")
        try:
            if path.exists() and path.read_text("utf-8") == text:
                return  # a start on a full disk has nothing to write
            unfinished.write_text(text, "utf-8")
            unfinished.replace(path)
        except OSError as cause:
            announce(f"{path} cannot be written, and commands on this folder will not find Tilde: {cause.strerror}")
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
                path.unlink(missing_ok=True)  # an old address would be a wrong one

    def urls(self) -> list[str]:
        """Where the Tilde that holds the folder listens, http before https. Raises TildeError where it does not say."""
        try:
            urls = url_path(self.path).read_text("utf-8").split()
        except FileNotFoundError:
            urls = []
        if not urls:
            raise TildeError(f"{self.path} is in use, but not by `tilde up`; try again in a moment")
        return urls

    def url(self) -> str:
        """Where the Tilde that holds the folder listens: the first of `urls`."""
        return self.urls()[0]


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """What the system says of the folder, or of a file in it, as a TildeError."""
    try:
        yield
    except OSError as cause:
        why = cause.strerror
        if isinstance(cause, FileExistsError | NotADirectoryError):
            why = "a file stands in its place, or above it"
        raise TildeError(f"the data folder {folder} cannot be used: {why}{cure_of(cause)}") from None
