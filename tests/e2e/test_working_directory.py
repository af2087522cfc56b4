"""Nothing of ours depends on the working directory: chDB moves that of the whole process while it is imported."""

import json
import os
import signal
import stat
import subprocess
from pathlib import Path

from testkit.running import TILDE, RunningTilde
from testkit.waiting import PATIENCE_S, until

MOVES_ALL_THE_TIME = """
import os, sys, threading, time

def move():
    while True:
        for place in ("/", "/proc", "/usr"):
            os.chdir(place)
            time.sleep(0.003)

if any(argument.startswith("embedded-") for argument in sys.orig_argv):
    threading.Thread(target=move, daemon=True).start()
"""
DEEP = Path("a folder that lies deep, " * 4, "so that no address of a socket holds its path" * 3)


def pid_of(tilde: RunningTilde, role: str) -> int:
    """Of a process that runs."""
    pid = tilde.child(role)
    assert pid is not None
    return pid


def working_directory(tilde: RunningTilde, role: str) -> Path:
    """Where it is now."""
    return Path(f"/proc/{pid_of(tilde, role)}/cwd").readlink()


def test_tilde_runs_in_a_deep_folder_while_the_working_directory_moves(tmp_path: Path) -> None:
    """Both processes, from their first line on; and the pipeline again, after it was killed."""
    (tmp_path / "sitecustomize.py").write_text(MOVES_ALL_THE_TIME)
    with RunningTilde(tmp_path / DEEP, {"PYTHONPATH": str(tmp_path)}) as tilde:
        for role in ("edge", "pipeline"):
            seen = working_directory(tilde, role)
            until(lambda: working_directory(tilde, role) != seen, PATIENCE_S, lambda: f"{role} stays in {seen}")
        has_engine = ["_chdb" in Path(f"/proc/{pid_of(tilde, role)}/maps").read_text() for role in ("edge", "pipeline")]
        assert has_engine == [False, True], "only who owns the store imports chDB"
        account = tilde.create_account("deep")
        for _ in range(2):
            answer = tilde.client.post("/ez", data={"ezkey": account["ezkey"], "stat": "hello", "count": 1})
            assert answer.json()["status"] == 200
            tilde.wait_counted()
            os.kill(pid_of(tilde, "pipeline"), signal.SIGKILL)
            until(lambda: tilde.client.get("/health").is_success, PATIENCE_S, tilde.output)
        assert tilde.sql("SELECT sum(number) AS hellos FROM points") == [{"hellos": 2}]
        modes = [stat.S_IMODE((tilde.data / name).stat().st_mode) for name in ("api.sock", "bell.sock")]
        assert [mode & 0o077 for mode in modes] == [0, 0]
        assert '"name":"hello"' in tilde.run("tail", "stats", "--from-start", "--no-follow")

    assert "Traceback" not in tilde.output()


def test_a_relative_folder_is_that_of_who_typed_it(tmp_path: Path) -> None:
    """Without a Tilde that runs the command is carried out by its own process, which imports chDB meanwhile."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def tilde(*arguments: str) -> str:
        done = subprocess.run([*TILDE, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    tilde("account", "create", "main", "--data", "elsewhere/../data")
    named = tilde("sql", "SELECT count() AS points FROM points", "-f", "json", "--data", "data")

    assert json.loads(named) == [{"points": 0}]
    assert "main" in tilde("account", "list", "--data", "data")
    assert "AccountCreated" in tilde("tail", "catalog", "--from-start", "--no-follow", "--data", "data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "elsewhere"]
