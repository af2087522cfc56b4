"""SIGHUP ends no role, however early it comes and whatever it was started under; nor does a terminal that is closed."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.kafka_broker import free_ports
from testkit.waiting import PATIENCE_S, until

TILDE = [sys.executable, "-m", "run.cli.main"]
NO_BROKER = {"TILDE_LOG": "kafka://127.0.0.1:1"}
"""A role waits for it, and runs."""


@pytest.mark.parametrize(
    ("under", "role"), [([], "edge"), ([], "streams"), ([], "sinks"), ([], "api"), ([], "store"), (["nohup"], "sinks")]
)
def test_sighup_ends_no_role(tmp_path: Path, role: str, under: list[str]) -> None:
    """It goes on, and ends in its own way when it is told to."""
    port = str(free_ports(1)[0])
    server = {"TILDE_STORE": "clickhouse://127.0.0.1:1"} if role in ("sinks", "api") else {}
    ports = {"TILDE_PORT": port, "TILDE_API_PORT": port}
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [*under, *TILDE, role, "--data", str(tmp_path / "data")],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=os.environ | NO_BROKER | server | ports,
        )
    try:
        said = (tmp_path / "out").read_text
        until(lambda: f"tilde {role}: " in said(), PATIENCE_S, said)
        process.send_signal(signal.SIGHUP)
        until(lambda: "does not answer, and is tried again" in said(), PATIENCE_S, said)
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()


def test_a_terminal_that_is_closed_ends_nothing(tmp_path: Path) -> None:
    """Nothing can be said any more then, and that is no error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*TILDE, "sinks", "--data", str(tmp_path / "data")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=os.environ | NO_BROKER | {"TILDE_STORE": "clickhouse://127.0.0.1:1"},
    )
    os.close(theirs)
    try:
        assert b"tilde sinks: " in os.read(ours, 1000)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(8)  # it would tell meanwhile that the broker does not answer
    finally:
        process.kill()
        process.wait()
