"""Processes that are kept running for a command: started again when they end, and ended with it."""

import sys
from pathlib import Path

import pytest

from run.process import supervisor
from run.process.supervisor import Child, kept_running
from testkit.waiting import PATIENCE_S, until
from tilde.runtime.clock import SystemClock

PROGRAM = """
import os, pathlib, sys, time
starts = pathlib.Path(sys.argv[1])
starts.open("a").write(os.environ["WORD"] + "\\n")
sys.exit(3) if len(starts.read_text().splitlines()) == 1 else time.sleep(60)
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause before a process is started again."""
    monkeypatch.setattr(supervisor, "RESTART_S_MIN", 0.01)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_a_process_that_ends_is_started_again_until_the_block_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A streams worker ends itself where it has to begin anew; the second one stays, until it is told to end."""
    starts = tmp_path / "starts"
    child = Child("streams", [sys.executable, "-c", PROGRAM, str(starts)], environment={"WORD": "started"})

    with kept_running([child], SystemClock()):
        until(lambda: len(lines_of(starts)) == 2, PATIENCE_S, lambda: "not started again")

    assert child.process is not None
    assert child.process.returncode == -15
    assert lines_of(starts) == ["started", "started"]
    assert capsys.readouterr().err == "tilde: the streams process ended (exit code 3); starting it again\n"


def test_a_process_that_does_not_end_when_it_is_told_to_is_killed(tmp_path: Path) -> None:
    """As a streams worker whose broker is away: it passes over SIGTERM."""
    deaf = tmp_path / "deaf"
    program = (
        f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(deaf)!r}, 'w').close(); time.sleep(60)"
    )
    child = Child("streams", [sys.executable, "-c", program])

    with kept_running([child], SystemClock(), stop_s=0.05):
        until(deaf.exists, PATIENCE_S, lambda: "not started")

    assert child.process is not None
    assert child.process.returncode == -9
