"""A disk that is really full: what was acknowledged arrives, and an edge that ships gets room by itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("disk_full_run.py")
OWN_MOUNTS = ["unshare", "-rm"]

pytestmark = pytest.mark.skipif(
    subprocess.run([*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode
    != 0,
    reason="mounts of its own are not allowed here: unshare (util-linux) needs user namespaces",
)


def run(folder: Path, *control: str) -> dict[str, int]:
    done = subprocess.run(
        [*OWN_MOUNTS, sys.executable, str(RUN), str(folder), *control],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_an_edge_that_ships_its_log_gets_over_a_full_disk(tmp_path: Path) -> None:
    """The segment that fills the disk goes when it is shipped, since the ballast had room for another one."""
    seen = run(tmp_path)

    assert seen["acknowledged"] > 100
    assert seen["again"] == 50
    assert seen["shipped"] == seen["acknowledged"] + seen["again"]


def test_without_ballast_it_does_not(tmp_path: Path) -> None:
    """The control: nothing acknowledged is lost, but the only segment cannot go, and the disk stays full."""
    seen = run(tmp_path, "no-ballast")

    assert seen["shipped"] == seen["acknowledged"] > 100
    assert seen["again"] == 0
