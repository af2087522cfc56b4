"""Hits become rows and traffic: each site's own local days, crawlers beside, and every count is the log's."""

from datetime import date, datetime
from typing import Any

import pytest

from streams.drivers.partition_fold import PartitionFold
from streams.processors.hits import HitsProcessor
from streams.processors.traffic import LocalDays, TrafficProcessor
from testkit.hits import an_event, recounted, traffic_of
from testkit.sealed import NOON_MS, FakeEdge
from tilde.domain.hits.hit import HitType
from tilde.domain.hits.traffic import DAYS_KEPT, Counts, counted, of_hit
from tilde.domain.log.position import Position
from tilde.eventlog import Record
from tilde.schemas.codec import decode, encoder
from tilde.schemas.hot import long
from tilde.schemas.hot import text as text_of
from tilde.schemas.topics import ACTIONS, DEAD_LETTERS, HITS, TOPICS, TRAFFIC

DAY_MS = 86_400_000
NOON = NOON_MS // DAY_MS  # the day, as UTC and eight hours behind have it


class Fold(PartitionFold):
    """A partition under a processor of its own."""

    def __init__(self, processor: Any) -> None:
        super().__init__(processor, 3, Position())
        self._edge = FakeEdge()
        self.rows: list[dict[str, Any]] = []

    def hit(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Takes them as one batch; returns the rows that this gives."""
        (sealed,) = self._edge.seal(3, events, HITS).values
        self.take(Record(self.position.next_offset, sealed))
        given = [decode(row, TOPICS[topic].subject) for topic, rows in self.drain().items() for row in rows]
        self.rows += given
        return given


@pytest.fixture
def traffic() -> Fold:
    return Fold(TrafficProcessor())


def test_a_day_of_a_site_is_one_row_whose_last_version_is_all_of_it(traffic):
    """A total, not a difference: delivered twice, it says the same."""
    traffic.hit(an_event(1), an_event(2, type="click"), an_event(3, site=33), an_event(4, bot="Googlebot"))
    rows = traffic.hit(an_event(5))

    (row,) = rows
    assert (row["site"], row["day"], row["part"], row["version"]) == (32, date(2026, 1, 1), 0, 512)
    assert (row["page_views"], row["hits"], row["bots"]) == (2, 3, 1)
    assert traffic_of(traffic.rows) == {(32, NOON): Counts(2, 3, 1), (33, NOON): Counts(1, 1, 0)}


def test_crawlers_are_shown_and_are_no_page_views(traffic):
    """Whatever they look at."""
    traffic.hit(an_event(1, bot="Googlebot"), an_event(2, bot="curl", type="ping"))

    assert traffic_of(traffic.rows) == {(32, NOON): Counts(0, 0, 2)}


@pytest.mark.parametrize("bot", [None, "Googlebot"])
@pytest.mark.parametrize("type_", HitType)
def test_a_hit_counts_for_what_the_rule_says_of_its_type_and_of_who_it_is_of(traffic, type_, bot):
    """The processor counts pieces as they are encoded; the doctor counts by the rule."""
    traffic.hit(an_event(1, type=type_.value, bot=bot))

    assert traffic_of(traffic.rows) == {(32, NOON): of_hit(type_.value, bot)}


@pytest.mark.parametrize(
    ("offset_s", "rule", "day"),
    [(-28_800, "usa", -1), (0, "0", 0), (50_400, "0", 0), (-43_200, "1", -1), (0, "Pacific/Auckland", 0)],
)
def test_the_clock_that_a_hit_is_stamped_with_says_which_day_it_is_of(traffic, offset_s, rule, day):
    """Two hours behind midnight in UTC."""
    at = NOON * DAY_MS + 2 * 3_600_000
    traffic.hit(an_event(1, received_at=at, clock_offset_s=offset_s, clock_rule=rule))

    assert list(traffic_of(traffic.rows)) == [(32, NOON + day)]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        pytest.param("2026-03-08T08:00Z", "2026-03-09T07:00Z", id="23 hours"),
        pytest.param("2026-11-01T07:00Z", "2026-11-02T08:00Z", id="25 hours"),
        pytest.param("2026-07-01T07:00Z", "2026-07-02T07:00Z", id="24 hours"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_day_has_its_first_millisecond_and_its_last_and_no_other(begins, ends, order):
    """By Pacific time, whether hits come in their order or against it: what is remembered of a day is all of it."""
    first, behind = (datetime.fromisoformat(text) for text in (begins, ends))
    first_ms, behind_ms = (int(instant.timestamp()) * 1_000 for instant in (first, behind))
    day = (first.date() - date(1970, 1, 1)).days
    instants = [(first_ms - 1, -1), (first_ms, 0), (first_ms + 1, 0), (behind_ms - 1, 0), (behind_ms, 1)]
    days, clock = LocalDays(), long(-28_800) + text_of("usa")

    assert [(at, days.day(clock, long(at)) - day) for at, _ in instants[::order]] == instants[::order]


def test_the_stamp_holds_whatever_was_set_in_between(traffic):
    """Two hits of one instant, before and after somebody moved the site to the other side of the world."""
    at = NOON * DAY_MS
    traffic.hit(an_event(1, received_at=at), an_event(2, received_at=at, clock_offset_s=50_400, clock_rule="0"))

    assert traffic_of(traffic.rows) == {(32, NOON - 1): Counts(1, 1), (32, NOON): Counts(1, 1)}


def test_hits_that_come_more_than_a_week_late_begin_another_part(traffic):
    """The day's total is the sum of its parts, and only so many days of a site are remembered."""
    events = [an_event(n, received_at=NOON_MS + n * DAY_MS) for n in range(DAYS_KEPT + 3)]
    for event in events:
        traffic.hit(event)
    late = [an_event(100 + n, received_at=NOON_MS + 1000) for n in range(3)]
    for event in late:
        traffic.hit(event)

    parts = {row["part"] for row in traffic.rows if row["day"] == date(2026, 1, 1)}
    assert len(parts) == 4
    assert traffic_of(traffic.rows) == recounted([*events, *late])


def test_what_is_remembered_of_a_site_stays_small():
    """However long it is counted, and in whatever order its days come."""
    kept = None
    for offset, day in enumerate([*range(100), 3, 50, 99, 98]):
        kept, part = counted(kept, day, offset, Counts(1, 1))
        assert part.page_views == (2 if offset > 101 else 1)

    assert kept is not None
    assert [part[0] for part in kept] == list(range(92, 100))


def test_a_hit_is_a_row_as_it_came():
    """With its local day; nulls are empty, parameters JSON, what is sealed base64."""
    fold = Fold(HitsProcessor())
    event = an_event(
        7,
        received_at=NOON * DAY_MS,
        title="The café",
        bot="curl",
        said=b"\xff",
        parameters=[{"name": "goal[id]", "value": "7"}, {"name": "heatmap[]", "value": 'a"b'}],
    )
    (row,) = fold.hit(event)

    assert row["day"] == date(2025, 12, 31)
    assert round(row["received_at"].timestamp() * 1000) == NOON * DAY_MS
    assert (row["site"], row["event_id"], row["version"], row["is_deleted"]) == (32, 7, 0, 0)
    assert (row["title"], row["ref"], row["bot"], row["type"]) == ("The café", "", "curl", "pageview")
    assert (row["who"], row["said"]) == ("c2VhbGVk", "/w==")
    assert row["parameters"] == '[["goal[id]","7"],["heatmap[]","a\\"b"]]'
    assert (row["visitor"], row["key"], row["known_by"], row["transport"]) == (1, 2, "id", "script")
    assert (row["clock_offset_s"], row["clock_rule"]) == (-28_800, "usa")


@pytest.mark.parametrize("processor", [HitsProcessor(), TrafficProcessor()])
@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (lambda sealed: sealed[:-2], "not a sealed_hits: EOFError("),
        (
            lambda sealed: sealed.replace(b"caf\xc3\xa9", b"caf\xc3\xc3"),
            "not a sealed_hits: UnicodeDecodeError('utf-8', b",
        ),
        (lambda sealed: sealed + b"\0", "bytes left over after a sealed_hits"),
    ],
)
def test_a_batch_that_cannot_be_read_is_poison_as_a_whole(processor, damaged, reason):
    """However much of it can: no hit of it is counted, and its bytes are in one dead letter."""
    fold = Fold(processor)
    (sealed,) = FakeEdge().seal(3, [an_event(1), an_event(2, title="café"), an_event(3)], HITS).values
    fold.take(Record(0, damaged(sealed)))
    given = fold.drain()

    ((letter,),) = given.values()
    told = decode(letter, DEAD_LETTERS.subject)
    assert told["reason"].startswith(reason)
    assert told["body"] == damaged(sealed)
    assert fold.position.next_offset == 1


@pytest.mark.parametrize(("processor", "topic"), [(HitsProcessor(), ACTIONS), (TrafficProcessor(), TRAFFIC)])
def test_rows_that_are_written_by_hand_are_those_of_a_general_writer(processor, topic):
    """To the byte; long texts too, which are not cut."""
    fold = Fold(processor)
    events = [an_event(9, lang="en", title="x" * 2_000), an_event(10, lang="en", site=33)]
    (sealed,) = FakeEdge().seal(3, events, HITS).values
    fold.take(Record(0, sealed))
    rows = fold.drain()[topic.name]

    assert len(rows) == 2
    assert [encoder(topic.subject)(decode(row, topic.subject)) for row in rows] == rows
