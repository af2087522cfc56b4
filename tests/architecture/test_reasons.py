"""Every refusal has a test: each Reason of each dialect, each fault of a name and each Refusal is named in one, and
each is given somewhere in our code.
"""

from enum import Enum
from importlib import import_module
from pathlib import Path

import pytest

from tilde.domain.catalog.refusals import Refusal
from tilde.domain.stats.fanout import NameFault

ROOT = Path(__file__).parents[2]
REASONS = [
    import_module(f"producers.{path.parent.name}.reasons").Reason for path in ROOT.glob("producers/*/reasons.py")
]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
TESTS = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
CODE = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_there_are_reasons_of_a_dialect() -> None:
    assert REASONS


@pytest.mark.parametrize("fault", NameFault)
@pytest.mark.parametrize("reasons", REASONS)
def test_each_dialect_has_a_reason_for_every_fault_of_a_name(reasons: type[Enum], fault: NameFault) -> None:
    """By the same name, so that metrics and dead letters call it alike."""
    assert reasons(fault.value).name == fault.name


@pytest.mark.parametrize("name", [f"Reason.{reason.name}" for reasons in REASONS for reason in reasons])
def test_every_reason_occurs_in_a_test_and_in_the_code(name: str) -> None:
    """One that nothing gives is left over; one that no test names may be given wrongly."""
    assert any(name in text for text in TESTS)
    assert any(name in text for text in CODE)


@pytest.mark.parametrize("name", [f"Refusal.{refusal.name}" for refusal in Refusal])
def test_every_refusal_of_the_decider_occurs_in_a_test_and_in_the_code(name: str) -> None:
    """As above; tests/unit/test_decider_rules.py has one line each."""
    assert any(name in text for text in TESTS)
    assert any(name in text for text in CODE)
