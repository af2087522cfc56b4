"""`tilde sql` where its answer is large: rows as they come, and a word where there is no end."""

import os
import subprocess

import pytest

from testkit.running import TILDE

pytestmark = pytest.mark.store
TOO_LARGE = "SELECT repeat('x', 1000) FROM numbers(300000)"
SMALLER_BOUND = """
import tilde.store.profiles
tilde.store.profiles.SQL_ANSWER_BYTES_MAX = 8 << 20
"""


def told_of(mib: int) -> bytes:
    """What is said where an answer is cut off."""
    return (
        f"tilde api: an answer of SQL was cut off: the answer is larger than {mib} MiB\n"
        f"tilde: the answer was cut off: it is larger than {mib} MiB, or took longer than 60 s; add a LIMIT\n"
    ).encode()


def printed_by(data, environment=None) -> tuple[int, int, bytes]:
    """Exit code of a statement with too large an answer, how many bytes it printed, and what it said."""
    command = [*TILDE, "sql", "--data", str(data), "-f", "csv", TOO_LARGE]
    printed = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        while piece := running.stdout.read(1 << 20):
            printed += len(piece)
        told = running.stderr.read()
    return running.returncode, printed, told


@pytest.fixture
def offline(tmp_path):
    """A folder where no Tilde runs."""
    subprocess.run([*TILDE, "account", "create", "main", "--data", str(tmp_path / "data")], check=True)
    return tmp_path / "data"


def test_rows_are_printed_until_an_answer_is_cut_off_and_that_is_told(shared):
    """The API says once why, in a line of ours."""
    output = shared.data / "up.out"
    before = len(output.read_bytes())
    code, printed, told = printed_by(shared.data)

    assert code == 1
    assert output.read_bytes()[before:] + told == told_of(256)
    assert printed > 200 << 20


def test_a_cut_off_answer_is_told_where_none_runs_too(offline, tmp_path):
    """By the same process; with a smaller bound, since all that costs is to come near it."""
    (tmp_path / "sitecustomize.py").write_text(SMALLER_BOUND)
    code, printed, told = printed_by(offline, os.environ | {"PYTHONPATH": str(tmp_path)})

    assert (code, told) == (1, told_of(8))
    assert 6 << 20 < printed <= 8 << 20


@pytest.mark.parametrize("where", ["shared", "offline"])
def test_a_reader_who_has_enough_ends_it_quietly(where, request):
    """`tilde sql .. | head -2`."""
    data = request.getfixturevalue("shared").data if where == "shared" else request.getfixturevalue("offline")
    command = [*TILDE, "sql", "--data", str(data), "-f", "csv", "SELECT number AS n FROM numbers(5000000)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        lines = [running.stdout.readline() for _ in range(2)]
        running.stdout.close()
        told = running.stderr.read()

    assert lines == [b'"n"\n', b"0\n"]
    assert told == b""
    assert running.returncode == 0
