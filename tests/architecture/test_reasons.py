"""Every refusal has a test: each Reason and each Refusal is named in one, and each is given somewhere in our code."""

from pathlib import Path

import pytest

from tilde.domain.catalog.refusals import Refusal
from tilde.domain.rejections import Reason

ROOT = Path(__file__).parents[2]
PACKAGES = ("run", "tilde", "producers", "streams", "sinks", "api", "watchers")
TESTS = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
CODE = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


@pytest.mark.parametrize("name", [f"Reason.{reason.name}" for reason in Reason])
def test_every_reason_occurs_in_a_test_and_in_the_code(name: str) -> None:
    """One that nothing gives is left over; one that no test names may be given wrongly."""
    assert any(name in text for text in TESTS)
    assert any(name in text for text in CODE)


@pytest.mark.parametrize("name", [f"Refusal.{refusal.name}" for refusal in Refusal])
def test_every_refusal_of_the_decider_occurs_in_a_test_and_in_the_code(name: str) -> None:
    """As above; tests/unit/test_decider_rules.py has one line each."""
    assert any(name in text for text in TESTS)
    assert any(name in text for text in CODE)
