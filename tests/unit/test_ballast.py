"""Room that is kept for the moment the disk is full."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from producers.edge.ballast import SPARE, Ballast

SIZE = 64 << 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ballast"


def with_room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))


@pytest.mark.parametrize(("free", "is_held"), [(SPARE * SIZE - 1, False), (SPARE * SIZE, True)])
def test_room_is_taken_where_the_disk_has_so_many_times_as_much(
    path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_held: bool
) -> None:
    """Of a disk that is nearly full it would take what is left."""
    with_room(monkeypatch, free)

    Ballast(path, SIZE).hold()

    assert path.exists() == is_held


def test_what_is_held_is_room_on_the_disk_until_it_is_given_back(path: Path) -> None:
    """Not a hole in a file. Taking it twice, and giving it back twice, is doing it once."""
    ours = Ballast(path, SIZE)
    for _ in range(2):
        ours.hold()
    assert path.stat().st_size == SIZE
    assert path.stat().st_blocks * 512 >= SIZE

    for _ in range(2):
        ours.free()
    assert not path.exists()


def test_a_disk_that_is_full_after_all_keeps_no_half_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that is no error."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)

    Ballast(path, SIZE).hold()

    assert not path.exists()
