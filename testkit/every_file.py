"""Rules that hold of each of some hundred files: one test a rule, that tells all files which break it. A test for each
file took a minute of CPU for thousands that are told apart by nobody.

    @of_every(SOURCES)
    def test_a_file_is_short(path: Path) -> None:
        assert len(path.read_text().splitlines()) <= 500
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def of_every(files: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Makes a test of a rule that takes a file of the project. There has to be one."""

    def make(rule: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            held = list(files)
            broken = "\n\n".join(f"{path.relative_to(ROOT)}: {told}" for path in held if (told := _broken(rule, path)))
            assert not broken, broken
            assert held, "the rule holds of no file"

        test.__name__, test.__qualname__, test.__doc__ = rule.__name__, rule.__qualname__, rule.__doc__
        return test

    return make


def _broken(rule: Callable[[Path], None], path: Path) -> str | None:
    """What a file has against the rule; None where nothing."""
    try:
        rule(path)
    except (AssertionError, pytest.fail.Exception) as broken:
        return str(broken) or "is against the rule"
    return None
