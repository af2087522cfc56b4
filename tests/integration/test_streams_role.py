"""`tilde streams` before there is a broker: it waits for one, and ends when it is told to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from testkit.kafka_broker import free_ports
from testkit.waiting import PATIENCE_S, until


def test_a_worker_that_waits_for_the_broker_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """In good order, status 0, at once; what it writes is its user's alone, as with every other role."""
    data, output = tmp_path / "data", tmp_path / "out"
    environment = os.environ | {"TILDE_LOG": f"kafka://127.0.0.1:{free_ports(1)[0]}", "TILDE_KEY": "5a" * 32}
    command = [sys.executable, "-m", "run.cli.main", "streams", "--data", str(data)]
    with output.open("wb") as out:
        worker = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        until(lambda: "does not answer" in output.read_text(), PATIENCE_S, output.read_text)
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(PATIENCE_S) == 0, output.read_text()
        assert data.stat().st_mode & 0o777 == 0o700
    finally:
        worker.kill()
        worker.wait()
