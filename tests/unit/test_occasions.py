"""When a watcher looks at the clock: over both changes of the clocks, and after a time when nothing ran."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from watchers.occasions import Daily, Every, Occasions, due

BERLIN = ZoneInfo("Europe/Berlin")
DENVER = ZoneInfo("America/Denver")
PHOENIX = ZoneInfo("America/Phoenix")


def ms(text: str) -> int:
    """Unix milliseconds of `2026-03-28 04:00`, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def moments(occasions: Occasions, after: str, count: int) -> list[str]:
    """The next so many, in UTC."""
    at_ms, found = ms(after), []
    for _ in range(count):
        at_ms = occasions.after(at_ms)
        found.append(datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%m-%d %H:%M"))
    return found


def test_each_hour_is_full() -> None:
    assert moments(Every(60), "2026-11-28 14:59:59", 2) == ["11-28 15:00", "11-28 16:00"]


def test_the_moment_itself_is_not_after_it() -> None:
    assert moments(Every(15), "2026-11-28 15:00", 1) == ["11-28 15:15"]


@pytest.mark.parametrize(
    ("occasions", "after", "expected"),
    [
        (Daily(PHOENIX, 4), "2026-03-07 12:00", ["03-08 11:00", "03-09 11:00"]),  # MST all year
        (Daily(DENVER, 4), "2026-03-07 12:00", ["03-08 10:00", "03-09 10:00"]),  # an hour less from the 8th on
        (Daily(DENVER, 4), "2026-10-31 11:00", ["11-01 11:00", "11-02 11:00"]),  # and an hour more from the 1st on
        (Daily(BERLIN, 2, 30), "2026-03-28 12:00", ["03-29 01:30", "03-30 00:30"]),  # 02:30 is not there: 03:30
        (Daily(BERLIN, 2, 30), "2026-10-24 12:00", ["10-25 00:30", "10-26 01:30"]),  # it is there twice: the first
        (Daily(BERLIN, 0), "2026-03-28 22:00", ["03-28 23:00", "03-29 22:00"]),
    ],
    ids=["no change", "forward", "back", "a time that is not there", "a time that is there twice", "midnight"],
)
def test_once_each_local_day(occasions: Daily, after: str, expected: list[str]) -> None:
    assert moments(occasions, after, 2) == expected


def test_no_local_day_of_ten_years_is_left_out_or_told_twice() -> None:
    occasions, at_ms = Daily(BERLIN, 2, 30), ms("2026-01-01 00:00")
    days = []
    for _ in range(3652):
        at_ms = occasions.after(at_ms)
        days.append(datetime.fromtimestamp(at_ms / 1000, BERLIN).date().toordinal())

    assert days == list(range(days[0], days[0] + 3652))


def test_what_was_missed_is_made_up_from_the_oldest_on() -> None:
    """last                          now
    ---------|-----|-----|-----|-----|-----|---
           12:00 13:00 14:00 15:00 16:00 16:30
    """
    last, now = ms("2026-11-28 12:00"), ms("2026-11-28 16:30")

    assert due(Every(60, made_up_max=3), last, now) == ms("2026-11-28 14:00")
    assert due(Every(60, made_up_max=1), last, now) == ms("2026-11-28 16:00")
    assert due(Every(60, made_up_max=9), last, now) == ms("2026-11-28 13:00")


def test_nothing_is_due_before_its_time() -> None:
    assert due(Every(60), ms("2026-11-28 12:00"), ms("2026-11-28 12:59:59")) is None


def test_after_the_clock_was_set_back_nothing_comes_again() -> None:
    """From 18:00 to 12:00: the hours until 18:00 have been looked at."""
    assert due(Every(60), ms("2026-11-28 18:00"), ms("2026-11-28 12:30")) is None
    assert due(Every(60), ms("2026-11-28 18:00"), ms("2026-11-28 19:00")) == ms("2026-11-28 19:00")
