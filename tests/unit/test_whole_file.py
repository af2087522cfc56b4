"""A file that is asked for is there once it is whole, whoever else writes it."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from run.process.whole_file import whole_file
from tilde.errors import TildeError


def test_it_is_there_once_it_is_whole_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"before")
    with whole_file(path, is_packed=False) as write:
        write(b"after")
        assert path.read_bytes() == b"before"

    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("is_packed", [False, True])
def test_it_is_durable_before_it_has_its_name_and_its_name_is_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_packed: bool
) -> None:
    """Else a machine that stops would leave a file of that name that is empty, in place of the one before."""
    path, kept = tmp_path / "lines", list[tuple[str, bytes]]()
    sync = os.fsync

    def keep(handle: int) -> None:
        name = Path(f"/proc/self/fd/{handle}").readlink().name
        whole = path if name == tmp_path.name else tmp_path / name
        kept.append((name, gzip.decompress(whole.read_bytes()) if is_packed else whole.read_bytes()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", keep)
    with whole_file(path, is_packed=is_packed) as write:
        write(b"first, ")
        write(b"second")

    assert kept == [("lines.part", b"first, second"), (tmp_path.name, b"first, second")]


def test_what_broke_off_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "lines.gz"
    with whole_file(path, is_packed=True) as write:
        write(b"before")
    with pytest.raises(ZeroDivisionError), whole_file(path, is_packed=True) as write:
        write(b"after" * (1 // 0))

    assert gzip.decompress(path.read_bytes()) == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_at_a_time_are_refused_and_spoil_nothing(tmp_path: Path) -> None:
    """The second hears so at once, in words; the first ends as if it had been alone."""
    path = tmp_path / "lines"
    with whole_file(path, is_packed=False) as write:
        write(b"the first, ")
        with (
            pytest.raises(TildeError, match=r"another process writes .*lines\.part"),
            whole_file(path, is_packed=False),
        ):
            pytest.fail("it has begun")
        write(b"whole")

    assert path.read_bytes() == b"the first, whole"


def test_what_a_killed_one_left_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "lines.part").write_bytes(b"much longer than what comes")
    with whole_file(tmp_path / "lines", is_packed=False) as write:
        write(b"short")

    assert (tmp_path / "lines").read_bytes() == b"short"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("folder", "folder is a folder, and no file can be written in its place"),
        ("nowhere/lines", "there is no folder .*/nowhere to write lines into"),
        ("n" * 300, r"n+ cannot be written: File name too long"),
        ("n" * 251, r"n\.part cannot be written: File name too long"),
    ],
)
def test_where_no_file_can_be_it_is_told_and_nothing_is_written(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TildeError, match=why), whole_file(tmp_path / name, is_packed=False):
        pytest.fail("it has begun")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("there")
    with whole_file(tmp_path / "link", is_packed=False) as write:
        write(b"content")

    assert (tmp_path / "there").read_bytes() == b"content"
    assert (tmp_path / "link").is_symlink()
