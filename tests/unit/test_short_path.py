"""Sockets in folders whose path is longer than a socket's address."""

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tilde.runtime import short_path as module
from tilde.runtime.short_path import SOCKET_PATH_BYTES_MAX, short_path


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A folder whose path no address holds."""
    folder = tmp_path / ("a deep folder, " * 10) / ("ü" * 60)
    folder.mkdir(parents=True)
    return folder


def call(path: Path) -> bytes:
    """What who listens at the path sends to who connects to it."""
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as caller:
        with short_path(path) as short:
            listening.bind(os.fsencode(short))
        listening.listen()
        with short_path(path) as short:
            caller.connect(os.fsencode(short))
        answering, _ = listening.accept()
        with answering:
            answering.send(b"here")
            return caller.recv(4)


def descriptors_of(folder: Path) -> int:
    """How many of this process's descriptors are the folder's: other tests' garbage may close theirs at any time."""
    held = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # of the listing itself, and of what was closed meanwhile
            held += descriptor.readlink() == folder
    return held


def test_a_path_that_fits_is_left_alone(tmp_path: Path) -> None:
    """Nothing is opened for it."""
    path = Path("/") / ("x" * (SOCKET_PATH_BYTES_MAX - 1))

    with short_path(path) as short:
        assert short == path
    with short_path(tmp_path / "sock") as short:
        assert short == tmp_path / "sock"


def test_a_socket_can_lie_deep(deep: Path) -> None:
    """It stands in its folder, under its own name, and no descriptor is left."""
    with short_path(deep / "api.sock"):
        assert descriptors_of(deep) == 1  # so they are counted

    assert call(deep / "api.sock") == b"here"
    assert (deep / "api.sock").is_socket()
    assert descriptors_of(deep) == 0


def test_it_can_where_there_is_no_proc_too(deep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS, or a chroot: through a link, which goes again."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setattr(module, "DESCRIPTORS", Path("/nowhere"))
    monkeypatch.setattr("tempfile.tempdir", str(links))

    if len(os.fsencode(links)) < 60:  # what pytest makes of TMPDIR may be deep itself
        assert call(deep / "api.sock") == b"here"
        assert (deep / "api.sock").is_socket()
    assert not list(links.iterdir())


def test_without_its_folder_it_is_an_error_of_the_system(deep: Path) -> None:
    """So who connects tries again, as with a socket that is not there yet."""
    with pytest.raises(FileNotFoundError), short_path(deep / "gone" / "api.sock"):
        pass
