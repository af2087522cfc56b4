"""When events were received, and that nothing is while the clock is plainly wrong."""

import pytest

from producers.edge.receipts import ClockIsWrongError, Receipts
from testkit.builders import NOON_MS
from testkit.fixed_clock import FixedClock
from tilde.schemas.hot import long


def test_all_of_one_millisecond_have_the_same_receipt() -> None:
    clock = FixedClock(NOON_MS)
    receipts = Receipts(clock)
    first, second = receipts.now(), receipts.now()
    clock.advance(1)

    assert first is second
    assert first == (NOON_MS, long(NOON_MS))
    assert receipts.now() == (NOON_MS + 1, long(NOON_MS + 1))


def test_each_time_that_the_clock_goes_wrong_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A post each millisecond would fill the operator's log; one that goes wrong again is news again."""
    clock = FixedClock(0)
    receipts = Receipts(clock)
    for at_ms in (0, 1, NOON_MS, 2, 2, 3):
        clock.advance(at_ms - clock.now_ms())
        if at_ms == NOON_MS:
            receipts.now()
        else:
            with pytest.raises(ClockIsWrongError):
                receipts.now()

    assert capsys.readouterr().err.count("this machine's clock is plainly wrong: it shows 1970-01-01") == 2
