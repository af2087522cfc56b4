"""Power cuts and kill -9 at any moment of the edge's appends: what was acknowledged is there, once.

TILDE_FAULTS=10000 cuts at ten thousand places; without it there are two hundred.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
POINTS = int(os.environ.get("TILDE_FAULTS", "200"))
RUN_S = 30 + POINTS


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that cuts the power of a process."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("the power cut shim needs Linux and a C compiler (gcc)")
    library = tmp_path_factory.mktemp("shim") / "powercut.so"
    source = HERE / "powercut.c"
    subprocess.run([compiler, "-O1", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a place: the shim knows what is synced, a disk would only make it slow."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder) / "edge"


def cut(shim: Path, folder: Path, synchronous: str, mode: str, points: int) -> dict[str, Any]:
    """What power_cut_run.py saw."""
    environment = os.environ | {"LD_PRELOAD": str(shim), "POWERCUT_DIR": str(folder)}
    command = [sys.executable, str(HERE / "power_cut_run.py"), str(folder), synchronous, mode, str(points)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=RUN_S, check=False)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize(("mode", "share"), [("all", 0.4), ("some", 0.4), ("kill", 0.2)])
def test_what_was_acknowledged_survives_a_cut_anywhere(shim: Path, folder: Path, mode: str, share: float) -> None:
    """Whether all that was not synced is gone, or any part of it, or nothing but the process.

    And the log goes on from there: no offset and no event id is given out twice, no batch is missing in its chain.
    """
    points = max(1, int(POINTS * share))

    seen = cut(shim, folder, "FULL", mode, points)

    assert seen["problems"] == []
    assert (seen["points"], seen["lost"], seen["bad_points"]) == (points, 0, 0)
    assert seen["acknowledged"] > 50 * points
    assert seen["calls"] > 300


@pytest.mark.parametrize("synchronous", ["OFF", "NORMAL"])
def test_the_harness_sees_what_is_lost_without_syncing(shim: Path, folder: Path, synchronous: str) -> None:
    """The control: with less than synchronous=FULL the same cuts lose acknowledged events, in a good part of them."""
    seen = cut(shim, folder, synchronous, "all", 20)

    assert seen["bad_points"] >= 5


def test_a_mere_kill_loses_nothing_even_without_syncing(shim: Path, folder: Path) -> None:
    """The control of the control: what the kernel has, a process's death does not take away."""
    seen = cut(shim, folder, "OFF", "kill", 10)

    assert (seen["problems"], seen["lost"]) == ([], 0)
