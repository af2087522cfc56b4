"""A rule of files is broken where one of them breaks it, and all that do are told."""

from pathlib import Path

import pytest

from testkit.every_file import ROOT, of_every

FILES = [ROOT / name for name in ("one.py", "two.py", "three.py")]


def test_a_rule_that_all_keep_is_kept() -> None:
    seen = []
    of_every(FILES)(seen.append)()

    assert seen == FILES


def test_all_that_break_it_are_told() -> None:
    def rule(path: Path) -> None:
        """As it is."""
        assert path.stem != "one", "line 7"
        if path.stem == "three":
            pytest.fail("line 9")

    test = of_every(FILES)(rule)
    assert (test.__name__, test.__doc__) == ("rule", "As it is.")
    with pytest.raises(AssertionError) as broken:
        test()
    assert [line.partition(":")[0] for line in str(broken.value).split("\n") if "line" in line] == [
        "one.py",
        "three.py",
    ]


def test_a_rule_of_no_file_is_broken() -> None:
    with pytest.raises(AssertionError, match="no file"):
        of_every([])(lambda path: None)()
