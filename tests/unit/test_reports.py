"""When whose report comes: each day once, over both changes of the clocks, and after a time when nothing ran."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from PIL import Image

from testkit.builders import an_account_created, an_entry
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from tilde.domain.catalog.account_report_hours import NO_HOUR, ReportScheduled
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.entries import Fact, fold
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.products import ProductChanged
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import Kind
from watchers.clockwork import Clockwork
from watchers.contract import Effect, Occasion, Send
from watchers.ledger import Ledger
from watchers.mail import chart, report_letter, shown
from watchers.mail.daily_numbers import Numbers
from watchers.mail.reports import MADE_UP_MAX, Reports
from watchers.mail.schedule import Schedule
from watchers.occasions import due
from watchers.outbox import Outbox

JO = KEYRING.store(KeyKind.EMAIL, "jo@example.com")
QUARTER_MS = 900_000
DENVER, LORD_HOWE = "America/Denver", "Australia/Lord_Howe"


def ms(text: str) -> int:
    """Unix milliseconds of `2026-03-28 04:00`, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


class Copy:
    """A catalog of one account with an address, and what has happened to it since."""

    def __init__(self, *facts: Fact) -> None:
        self.catalog = Catalog()
        for fact in (an_account_created(1, keys=(JO,)), *facts):
            self.now(fact)

    def now(self, fact: Fact) -> None:
        fold(self.catalog, an_entry(self.catalog.sequence + 1, fact))

    async def read_to_end(self) -> None:
        pass


def zone(name: str) -> ProductChanged:
    return ProductChanged(1, "main", "", name)


def schedule(*facts: Fact) -> Schedule:
    catalog = Copy(*facts).catalog
    return Schedule.of(catalog.accounts[1], catalog)


# Which day is due.


@pytest.mark.parametrize(
    ("facts", "comes"),
    [
        ((), "2026-03-09 11:00"),  # 04:00 MST, in summer too
        ((ReportScheduled(1, 6),), "2026-03-09 06:00"),
        ((ReportScheduled(1, 6), ReportScheduled(1, NO_HOUR)), "2026-03-09 11:00"),
        ((zone(DENVER),), "2026-03-09 10:00"),
        ((zone(DENVER), ReportScheduled(1, 0)), "2026-03-09 06:00"),
        ((zone("Asia/Kathmandu"),), "2026-03-08 22:15"),
        ((zone("Pacific/Kiritimati"), ReportScheduled(1, 23)), "2026-03-09 09:00"),
        ((zone("No/Such"),), "2026-03-09 04:00"),
    ],
    ids=[
        "MST",
        "an hour",
        "no hour again",
        "a zone",
        "midnight of a zone",
        "a quarter of an hour",
        "the first zone",
        "a zone of another machine",
    ],
)
def test_the_report_of_a_day_comes_on_the_next(facts: tuple[Fact, ...], comes: str) -> None:
    its, moment = schedule(*facts), ms(comes)

    assert its.due_day(moment) == date(2026, 3, 8)
    assert its.due_day(moment - 1) == date(2026, 3, 7)


@pytest.mark.parametrize(
    ("name", "hour", "day", "hours"),
    [
        (DENVER, 2, date(2026, 3, 8), 23),  # 02:00 is not there
        (DENVER, 1, date(2026, 11, 1), 25),  # 01:00 is there twice
        ("Europe/Berlin", 2, date(2026, 3, 29), 23),
        ("Europe/Berlin", 2, date(2026, 10, 25), 25),
        (LORD_HOWE, 2, date(2026, 4, 5), 24.5),
        ("America/Sao_Paulo", 0, date(2018, 11, 4), 23),  # midnight is not there
    ],
)
def test_days_of_any_length_are_each_due_once(name: str, hour: int, day: date, hours: float) -> None:
    """A look each quarter of an hour, over the days around a change of the clocks."""
    its = schedule(zone(name), ReportScheduled(1, hour))
    begin, days = its.begins_s(day - timedelta(days=3)) * 1000, []
    for nth in range(8 * 96):
        due = its.due_day(begin + nth * QUARTER_MS)
        if not days or days[-1] != due:
            days.append(due)

    assert days == sorted(set(days))
    assert {after - before for before, after in pairwise(days)} == {timedelta(days=1)}
    assert its.begins_s(day + timedelta(days=1)) - its.begins_s(day) == hours * 3_600


# What is asked for.


class Place:
    """The watcher on its clock, with a memory that stays."""

    def __init__(self, *facts: Fact, at: str) -> None:
        self.copy, self.clock = Copy(*facts), FixedClock(ms(at))
        self.watcher = Reports(SimpleNamespace(catalog=self.copy))  # type: ignore[arg-type]
        self.memory: dict[str, Any] = {}
        self._last_ms = self.clock.now_ms()

    async def run(self) -> list[str]:
        """Lets it look until nothing is due; returns the days that it asked for."""
        found: list[str] = []
        assert self.watcher.occasions is not None
        while (at_ms := due(self.watcher.occasions, self._last_ms, self.clock.now_ms())) is not None:
            found += await self.look(at_ms)
            self._last_ms = at_ms
        return found

    async def look(self, at_ms: int) -> list[str]:
        memory = SimpleNamespace(get=self.memory.get, put=lambda key, value: self.memory.update({key: value}))
        occasion = Occasion(at_ms, await self.watcher.read(at_ms))
        return days_of(self.watcher.look(occasion, memory))

    async def each_quarter(self, days: int) -> list[str]:
        """The same over some days, in which it looks all the time."""
        found = []
        for _ in range(days * 96):
            self.clock.advance(QUARTER_MS)
            found += await self.run()
        return found


def days_of(letters: Sequence[Effect]) -> list[str]:
    bodies = [orjson.loads(letter.body) for letter in letters if isinstance(letter, Send)]
    assert all(body["kind"] == "report" and body["account"] == 1 for body in bodies)
    return [body["day"] for body in bodies]


async def begun(*facts: Fact, at: str = "2026-03-05 12:00") -> Place:
    """The watcher knows the account, and has nothing to make up."""
    place = Place(*facts, at=at)
    place.clock.advance(QUARTER_MS)
    assert await place.run() == []
    return place


@pytest.mark.parametrize("at", ["2026-03-06 17:00", "2026-10-30 17:00"], ids=["forward", "back"])
async def test_each_day_is_asked_for_once_when_the_clocks_change(at: str) -> None:
    place = await begun(zone(DENVER), ReportScheduled(1, 2), at=at)
    first = datetime.fromisoformat(at).date()

    assert await place.each_quarter(4) == [str(first + timedelta(days=nth)) for nth in range(4)]


@pytest.mark.parametrize(
    ("name", "at", "comes"),
    [
        (DENVER, "2026-03-06 11:00", ["03-07 11:00", "03-08 10:00", "03-09 10:00"]),
        (DENVER, "2026-10-30 10:00", ["10-31 10:00", "11-01 11:00", "11-02 11:00"]),
        ("Europe/Berlin", "2026-03-27 03:00", ["03-28 03:00", "03-29 02:00", "03-30 02:00"]),
        ("Europe/Berlin", "2026-10-23 02:00", ["10-24 02:00", "10-25 03:00", "10-26 03:00"]),
    ],
    ids=["Denver forward", "Denver back", "Berlin forward", "Berlin back"],
)
async def test_the_report_comes_at_four_by_the_accounts_clock_before_and_after_it_changes(
    name: str, at: str, comes: list[str]
) -> None:
    """Each day's once, at 04:00 of the next, in UTC an hour earlier or later from the change on."""
    place, found = await begun(zone(name), at=at), []
    for _ in range(3 * 96 + 8):
        place.clock.advance(QUARTER_MS)
        asked_at = datetime.fromtimestamp(place.clock.now_ms() / 1000, UTC)
        found += [(day, f"{asked_at:%m-%d %H:%M}") for day in await place.run()]
    first = datetime.fromisoformat(at).date()

    assert found == [(str(first + timedelta(days=nth)), moment) for nth, moment in enumerate(comes)]


async def test_days_that_nothing_ran_on_are_made_up_once() -> None:
    place = await begun()
    place.clock.advance(3 * 86_400_000)

    assert await place.run() == ["2026-03-05", "2026-03-06", "2026-03-07"]
    place.clock.advance(QUARTER_MS)
    assert await place.run() == []


async def test_of_a_long_time_the_newest_days_are_made_up() -> None:
    place = await begun()
    place.clock.advance(100 * 86_400_000)
    days = await place.run()

    assert len(days) == MADE_UP_MAX
    assert days[-1] == "2026-06-12"


async def test_a_zone_that_turns_the_day_back_repeats_none() -> None:
    """The day that Auckland's morning was told of is not over in Denver."""
    place = await begun(zone("Pacific/Auckland"), at="2026-03-05 16:00")
    first = await place.each_quarter(1)
    place.copy.now(zone(DENVER))

    assert first == ["2026-03-06"]
    assert await place.each_quarter(2) == ["2026-03-07"]


async def test_who_wants_none_gets_none_and_nothing_is_made_up_later() -> None:
    place = await begun(AccountChanged.of(1, {Switch.MAIL}))
    off = await place.each_quarter(3)
    place.copy.now(AccountChanged.of(1, ()))
    on = await place.each_quarter(1)

    assert (off, on) == ([], ["2026-03-08"])


async def test_a_look_that_is_repeated_asks_for_nothing_where_it_is_remembered() -> None:
    """As behind a crash: what follows and what is remembered became durable together."""
    place = await begun()
    before, at_ms = dict(place.memory), ms("2026-03-06 11:00")
    first, second = await place.look(at_ms), await place.look(at_ms)
    place.memory = before

    assert (first, second) == (["2026-03-05"], [])
    assert await place.look(at_ms) == ["2026-03-05"]


async def test_a_process_that_is_started_again_makes_up_what_is_missing_once(tmp_path: Path) -> None:
    """With its ledger, a life of the process each time."""
    place, asked = Place(at="2026-03-05 12:00"), []
    for wait_ms in (0, QUARTER_MS, 3 * 86_400_000, QUARTER_MS):
        place.clock.advance(wait_ms)
        ledger = Ledger(tmp_path / "watchers.log")
        assert place.watcher.occasions is not None
        clockwork = Clockwork(place.watcher, place.watcher.occasions, ledger, place.clock)
        while await clockwork.step():
            pass
        outbox = Outbox(ledger)
        letters = outbox.begin("mail", place.clock.now_ms(), 1000, frozenset())
        outbox.strike_out(*(letter.seq for letter in letters))
        asked.append([orjson.loads(letter.body)["day"] for letter in letters])
        ledger.close()

    assert asked == [[], [], ["2026-03-05", "2026-03-06", "2026-03-07"], []]


# Charts and numbers.


@pytest.mark.parametrize(
    "values",
    [[0.0] * 14, [1.0], [], [1e308, 1e308, -1e308], [-5.0, -1.0], [5e-324, 0.0], [float(n) for n in range(14)]],
)
def test_a_chart_is_a_picture_whatever_the_numbers(values: list[float]) -> None:
    with Image.open(BytesIO(chart.bars(values))) as image:
        assert image.format == "PNG"
        assert image.size == (2 * chart.WIDTH, 2 * chart.HEIGHT)


def test_bars_are_as_long_as_their_numbers() -> None:
    with Image.open(BytesIO(chart.bars([1.0, 2.0, 4.0, -4.0]))) as image:
        colors = image.convert("RGB")
        white = (255, 255, 255)
        heights = [sum(colors.getpixel((nth * 70 + 30, y)) != white for y in range(colors.height)) for nth in range(4)]

    assert heights[0] * 2 == pytest.approx(heights[1], abs=3)
    assert heights[0] * 4 == pytest.approx(heights[2], abs=5)
    assert heights[2] == pytest.approx(heights[3], abs=2)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((3.0, "3"), (-1234567.0, "-1,234,567"), (0.125, "0.125"), (0.1 + 0.2, "0.3"), (1234.5678, "1,234.57")),
        *((1e20, "1e+20"), (5e-324, "4.94066e-324"), (12345678.9, "12,345,678.90"), (-0.0, "0")),
    ],
)
def test_numbers_are_for_readers(number: float, text: str) -> None:
    assert shown.number(number) == text


@pytest.mark.parametrize(
    ("mean", "text"),
    [
        (11 / 7, "1.57"),
        (160 / 7, "22.9"),
        (8642 / 7, "1,234.6"),
        (1 / 700, "0.00143"),
        (3.0, "3"),
        (-2.0 / 3, "-0.667"),
    ],
)
def test_a_mean_has_no_more_digits_than_it_knows(mean: float, text: str) -> None:
    assert shown.mean(mean) == text


def test_the_mean_of_a_day_is_shown_as_one_and_a_number_that_came_as_it_is() -> None:
    """Of a value; a counter's sum is no mean."""
    value = Numbers(1, "load", Kind.VALUE, [None, 21.5333, 21.5333], [0, 1, 3])
    counter = Numbers(1, "orders", Kind.COUNTER, [0.125, 21.5333], [3, 3])

    assert [report_letter._day(value, back) for back in (0, 1, 2)] == ["21.5", "21.5333", report_letter.NOTHING]
    assert [report_letter._day(counter, back) for back in (0, 1)] == ["21.5333", "0.125"]
