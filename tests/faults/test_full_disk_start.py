"""A first start where nothing can be written: a full disk, a read-only one, a file in a folder's place, no rights. Each is
told in a line that names the file, by every role and the command line, and never as a traceback.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.kafka_broker import free_ports

RUN = Path(__file__).with_name("full_disk_start_run.py")
TILDE = [sys.executable, "-m", "run.cli.main"]
OWN_MOUNTS = ["unshare", "-rm"]
HAS_OWN_MOUNTS = (
    subprocess.run([*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode
    == 0
)
own_mounts = pytest.mark.skipif(
    not HAS_OWN_MOUNTS, reason="mounts of its own are not allowed here: unshare (util-linux) needs user namespaces"
)
WITHOUT_ALL_RIGHTS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
FULL = "No space left on device (free some space there, and start again)"


def on_a_disk(folder: Path, *cases: str) -> list[tuple[int | None, str]]:
    """Exit code and output of each case, PAGES:COMMAND, on the data folder FOLDER/data."""
    port = free_ports(1)[0]
    filled = [f"{case} --data {folder}/data".replace("PORT", str(port)) for case in cases]
    command = [*OWN_MOUNTS, sys.executable, str(RUN), str(folder), *filled]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return [(code, output) for code, output in json.loads(done.stdout.splitlines()[-1])]


@own_mounts
def test_the_first_file_that_cannot_be_made_is_named_and_ends_the_start(tmp_path: Path) -> None:
    """Key, token, log: whichever comes first, in one line."""
    key, token, edge, edge_token, account = on_a_disk(
        tmp_path,
        "0:up --port PORT",
        "1:up --port PORT",
        "0:edge --port PORT",
        "1:edge --port PORT",
        "0:account create x",
    )

    assert key == (1, f"tilde: {tmp_path}/data/key cannot be made: {FULL}\n")
    assert token == (1, f"tilde: {tmp_path}/data/operator_token cannot be made: {FULL}\n")
    assert edge == key
    assert edge_token == token
    assert account[0] == 1
    assert account[1].splitlines()[1:] == ["tilde: catalog.log: database or disk is full"]


@own_mounts
def test_a_disk_that_fills_up_while_it_starts_is_told_in_lines_too(tmp_path: Path) -> None:
    """The address, the edge's log, the catalog, the store: what is begun goes on trying, and says why."""
    cases = ["2:up --port PORT", "4:account create x", "100:up --port PORT"]
    for _, output in on_a_disk(tmp_path, *cases):
        told, _, _ = output.partition("\nThe first account, main:")  # where it was made, its keys are told in the end
        assert "Traceback" not in output
        assert [line for line in told.splitlines() if line and not line.startswith("tilde")] == []


@own_mounts
def test_a_start_on_a_full_disk_goes_on_by_itself_when_there_is_room(tmp_path: Path) -> None:
    """Nobody has to start it again; meanwhile it tries in growing pauses, and says why in a line."""
    ((code, output),) = on_a_disk(tmp_path, "again:up --port PORT")

    assert code == 0, output
    assert "tilde: the store cannot go on: there is too little room where it stands (free some space there)" in output
    assert "ready in" in output
    assert "Traceback" not in output
    assert output.count("starting it again") < 5


@own_mounts
def test_a_disk_that_is_read_only_is_told(tmp_path: Path) -> None:
    """By everything that has a data folder."""
    commands = ["up --port PORT", "edge --port PORT", "streams", "store --port PORT", "account create x"]
    for code, output in on_a_disk(tmp_path, *(f"ro:{command}" for command in commands)):
        assert code == 1
        assert output.splitlines()[-1] == (
            f"tilde: the data folder {tmp_path}/data cannot be used: Read-only file system"
            " (the file system is mounted read-only)"
        )
        assert "Traceback" not in output


@pytest.mark.parametrize("command", ["up", "edge", "streams", "store", "account create x"])
def test_a_file_in_the_folders_place_is_told(tmp_path: Path, command: str) -> None:
    """Or above it, which is looked at in the same place."""
    (tmp_path / "file").write_text("")
    log = {} if command in ("up", "account create x") else {"TILDE_LOG": "kafka://127.0.0.1:1"}
    ports = {"TILDE_PORT": str(free_ports(1)[0]), "TILDE_API_PORT": str(free_ports(1)[0])}
    above = [tmp_path / "file" / "below"] if command == "up" else []
    for data in (tmp_path / "file", *above):
        done = subprocess.run(
            [*TILDE, *command.split(), "--data", str(data)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | log | ports,
        )

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == (
            f"tilde: the data folder {data} cannot be used: a file stands in its place, or above it"
        )
        assert "Traceback" not in done.stderr


def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    """A parent that is not to be written; root may write everywhere, and is kept from it."""
    tmp_path.chmod(0o500)
    done = subprocess.run(
        [*WITHOUT_ALL_RIGHTS, *TILDE, "up", "--data", str(tmp_path / "data"), "--port", str(free_ports(1)[0])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        f"tilde: the data folder {tmp_path}/data cannot be used: Permission denied (see to its owner and rights)\n"
    )
