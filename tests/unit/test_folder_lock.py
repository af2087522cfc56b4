"""The data folder: whose it is, and who may look into it."""

import os
from pathlib import Path

from run.process.folder_lock import DataFolder


def test_what_is_made_in_a_data_folder_is_nobody_elses_to_read(tmp_path: Path) -> None:
    """Whatever the umask of who starts it: keys and posts stand there."""
    before = os.umask(0o022)
    try:
        handle = DataFolder(tmp_path / "data").take()
        (tmp_path / "data" / "made later").write_text("")
        modes = [path.stat().st_mode & 0o077 for path in (tmp_path / "data", *(tmp_path / "data").iterdir())]
        os.close(handle)
    finally:
        os.umask(before)

    assert modes == [0, 0, 0]
