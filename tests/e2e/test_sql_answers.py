"""`tilde sql` where its answer is large: rows as they come, and a word where there is no end."""

import subprocess

import pytest

from testkit.running import TILDE

pytestmark = pytest.mark.store
TOO_LARGE = "SELECT repeat('x', 1000) FROM numbers(300000)"
CUT_OFF = b"tilde: the answer was cut off: it is larger than 256 MiB, or took longer than 60 s; add a LIMIT\n"
WHY = b"tilde api: an answer of SQL was cut off: the answer is larger than 256 MiB\n"


@pytest.fixture(params=["beside a Tilde that runs", "in a folder where none runs"])
def data(request, tmp_path):
    """A data folder."""
    if request.param == "beside a Tilde that runs":
        return request.getfixturevalue("shared").data
    subprocess.run([*TILDE, "account", "create", "main", "--data", str(tmp_path / "data")], check=True)
    return tmp_path / "data"


def test_rows_are_printed_until_an_answer_is_cut_off_and_that_is_told(data):
    """The API says once why, in a line of ours; in a folder where none runs it is this process."""
    output = data / "up.out"
    before = len(output.read_bytes()) if output.exists() else 0
    command = [*TILDE, "sql", "--data", str(data), "-f", "csv", TOO_LARGE]
    printed = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        while piece := running.stdout.read(1 << 20):
            printed += len(piece)
        told = running.stderr.read()
    by_api = output.read_bytes()[before:] if output.exists() else b""

    assert running.returncode == 1
    assert by_api + told == WHY + CUT_OFF
    assert printed > 200 << 20


def test_a_reader_who_has_enough_ends_it_quietly(data):
    """`tilde sql .. | head -2`."""
    command = [*TILDE, "sql", "--data", str(data), "-f", "csv", "SELECT number AS n FROM numbers(5000000)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        lines = [running.stdout.readline() for _ in range(2)]
        running.stdout.close()
        told = running.stderr.read()

    assert lines == [b'"n"\n', b"0\n"]
    assert told == b""
    assert running.returncode == 0
