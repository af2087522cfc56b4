"""One Tilde for the tests that see it as users do: to start one costs some seconds of a processor, an account nothing."""

from collections.abc import Iterator
from itertools import count

import pytest

from testkit.running import RunningTilde

NUMBERS = count(1)


@pytest.fixture
def shared(tilde_up: RunningTilde) -> Iterator[RunningTilde]:
    """The Tilde that others use too, with an account of this test's own. It may be stopped and started."""
    tilde_up.start_unless_it_runs()
    account, tilde_up.account = tilde_up.account, tilde_up.make_account(f"shared {next(NUMBERS)}")
    yield tilde_up
    tilde_up.account = account
    tilde_up.start_unless_it_runs()
