"""Starts on a disk of its own, 16 MB of memory: `full_disk_start_run.py FOLDER CASE..`, in a mount namespace of its own.

A case is PAGES:COMMAND, with so many pages of 4 KiB left free, `ro:COMMAND` for a disk that cannot be written, or
`again:COMMAND` for one with 100 pages left, on which room is made once the start has been seen to fail. Prints a JSON list:
exit code (null where it had to be stopped) and output of each.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PAGE = 4096
RUNS_S = 12  # so long it is watched where it does not end by itself
STOP_S = 30
READY_S = 60
PAGES_OF_AGAIN = 100  # enough for the edge, the catalog and the watchers, and not for the tables


def begin(disk: Path, room: str) -> None:
    """A fresh disk, full but for the pages that are to be free."""
    subprocess.run(["umount", str(disk)], capture_output=True, check=False)
    options = {"ro": "size=16m,ro", "again": "size=64m"}.get(room, "size=16m")  # tables need some
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    if room == "ro":
        return
    with (disk / "full").open("wb", buffering=0) as full:
        try:
            while full.write(bytes(PAGE)):
                pass
        except OSError:
            pass
        full.truncate(full.tell() // PAGE * PAGE - (PAGES_OF_AGAIN if room == "again" else int(room)) * PAGE)


def run(command: list[str]) -> tuple[int | None, str]:
    is_role = command[0] in ("edge", "streams", "sinks", "api", "store")
    environment = os.environ | ({"TILDE_LOG": "kafka://127.0.0.1:1"} if is_role else {})
    process = subprocess.Popen(
        [sys.executable, "-m", "run.cli.main", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    try:
        output, _ = process.communicate(timeout=RUNS_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=STOP_S)
        return None, output
    return process.returncode, output


def run_again(command: list[str], full: Path) -> tuple[int | None, str]:
    """Frees the disk once it has been told that it is full, and stops the command once it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "run.cli.main", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(READY_S, process.terminate)
    watchdog.start()
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "too little room" in line or ("disk is full" in line and not line.startswith("tilde watchers")):
            full.unlink(missing_ok=True)
        if line.startswith("ready in"):
            process.terminate()
    watchdog.cancel()
    return process.wait(STOP_S), "".join(lines)


if __name__ == "__main__":
    disk = Path(sys.argv[1])
    seen = []
    for case in sys.argv[2:]:
        room, _, command = case.partition(":")
        begin(disk, room)
        seen.append(run_again(command.split(), disk / "full") if room == "again" else run(command.split()))
    print(json.dumps(seen))
