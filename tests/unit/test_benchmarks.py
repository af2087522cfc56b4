"""What `python -m bench` runs, by what it is asked."""

from pathlib import Path

import pytest

from bench.__main__ import NAMES, OF_THEIR_OWN, wanted

BENCH = Path(__file__).parents[2] / "bench"


def test_all_are_run_where_none_is_named():
    assert wanted([]) == NAMES


def test_those_that_are_named_are_run_in_this_order():
    assert wanted(["sinks", "edge"]) == ["sinks", "edge"]


def test_a_name_that_none_has_is_refused_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit) as stopped:
        wanted(["edge", "sink"])

    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert "there is no benchmark sink; there are edge, neighbours, commit, processors, sinks," in said


def test_help_names_all_and_runs_nothing(capsys):
    with pytest.raises(SystemExit) as stopped:
        wanted(["--help"])

    said = capsys.readouterr().out
    assert stopped.value.code == 0
    assert [name for name in NAMES if name not in said] == []


def test_each_name_is_a_file():
    assert [name for name in {*NAMES, *OF_THEIR_OWN} if not (BENCH / f"bench_{name}.py").is_file()] == []
