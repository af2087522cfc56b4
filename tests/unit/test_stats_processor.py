"""What the stats processor remembers between messages: only to save work, and only so much of it."""

import orjson
import pytest

from streams.drivers.partition_fold import PartitionFold
from streams.processors import stats
from streams.processors.stats import StatsProcessor
from testkit.sealed import FakeEdge
from tilde.domain.log.position import Position
from tilde.domain.stats.fanout import FAN_OUT_MAX, NAME_MAX_CODE_POINTS, POSTED_MAX_CODE_POINTS
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Record
from tilde.schemas.codec import decode

STATS_MAX = 1_000
OF_A_NAME = 16  # bytes before it, in what a post is to: product, metric, kind, the name's size


class Fold(PartitionFold):
    """One partition under a StatsProcessor of its own."""

    def __init__(self) -> None:
        self.processor = StatsProcessor()
        super().__init__(self.processor, 0, Position())
        self._edge = FakeEdge()

    def announced(self, *names: str) -> list[str]:
        """Takes a post to each name; the stats whose `metrics` rows that gives."""
        (sealed,) = self._edge.seal(0, [self._edge.post(name) for name in names]).values
        self.take(Record(self.position.next_offset, sealed))
        return [decode(message, "metric")["name"] for message in self.drain()["metrics"]]


@pytest.fixture
def fold(monkeypatch: pytest.MonkeyPatch) -> Fold:
    monkeypatch.setattr(stats, "STATS_REMEMBERED_MAX", STATS_MAX)
    return Fold()


def wide(number: int, width: int = FAN_OUT_MAX) -> str:
    return f"sent {number}~" + ",".join(map(str, range(width)))


def test_a_stat_is_announced_at_its_first_sight_and_not_again(fold: Fold) -> None:
    """Wide or not, whatever came between."""
    names = ["signups", wide(1, 3), wide(2)]

    assert len(fold.announced(*names)) == 1 + 3 + 100
    assert fold.announced(*names, *reversed(names)) == []


def test_a_stat_whose_first_id_is_beyond_53_bits_is_announced() -> None:
    """An older release gave such ids while a clock showed 2061 or later, and then to every later post."""
    fold = PartitionFold(StatsProcessor(), 3, Position())
    edge = FakeEdge()
    sealed = edge.seal(3, [edge.post("late", id=2**53 + 5), edge.post("late", id=7)]).values[0]
    fold.take(Record(0, sealed))
    drained = fold.drain()

    assert [decode(row, "metric")["version"] for row in drained["metrics"]] == [0, 2**53 - 7]
    assert [decode(point, "point")["raw_partition"] for point in drained["points"]] == [3, 3]


def test_so_many_stats_are_remembered_and_no_more(fold: Fold) -> None:
    """One name may stand for 100 of them; a bound on names would be a hundred times too large."""
    for number in range(50):
        fold.announced(f"plain {number}", wide(number), wide(number, 7))

        assert sum(map(len, fold.processor._targets.values())) <= STATS_MAX  # type: ignore[arg-type, attr-defined]


def test_up_to_the_bound_nothing_is_forgotten_and_then_everything(fold: Fold) -> None:
    """What that costs is a repeated row at the next sight."""
    ten = [wide(number) for number in range(10)]
    assert len(fold.announced(*ten)) == STATS_MAX
    assert fold.announced(*ten) == []

    assert fold.announced("one more") == ["one more"]
    assert len(fold.announced(ten[0])) == 100
    assert fold.announced(ten[0], "one more") == []


def test_a_long_list_counts_by_its_length_though_it_stands_for_few(fold: Fold) -> None:
    """100 kB may be posted for one stat: commas."""
    for number in range(100):
        name = f"sent {number}~a"
        fold.announced(name + "," * (POSTED_MAX_CODE_POINTS - len(name)))

        names = [posted[OF_A_NAME:] for posted, _ in fold.processor._targets]  # type: ignore[attr-defined]
        assert sum(map(len, names)) <= STATS_MAX * (NAME_MAX_CODE_POINTS + 1)


def test_after_it_was_told_to_forget_there_is_room_again(fold: Fold) -> None:
    """The driver tells it so when outputs that were folded are lost: all is announced again, once."""
    ten = [wide(number) for number in range(10)]
    fold.announced(*ten)

    fold.processor.forget()

    assert len(fold.announced(*ten)) == STATS_MAX
    assert fold.announced(*ten) == []


def test_a_name_that_does_not_spread_is_one_stat_with_all_that_is_in_it() -> None:
    """Beside the same name of a dialect in which it spreads; one without a `~` is the same stat in both."""
    fold, edge = PartitionFold(StatsProcessor(), 0, Position()), FakeEdge()
    names = ["a~b,c", "d", "a~b~c", "~", "a~b,c"]
    spreading = edge.seal(0, [edge.post("a~b,c"), edge.post("d")])
    whole = edge.seal(0, [edge.post(name) for name in names], spreads=False)
    again = edge.seal(0, [edge.post("a~b,c")])
    for offset, append in enumerate((spreading, whole, again)):
        fold.take(Record(offset, append.values[0]))
    drained = fold.drain()

    assert [decode(row, "metric")["name"] for row in drained["metrics"]] == ["a b", "a c", "d", "a~b,c", "a~b~c", "~"]
    points = [decode(point, "point") for point in drained["points"]]
    assert [point["nth"] for point in points] == [0, 1, 0, *[0] * 5, 0, 1]
    of = [metric_id(1, "counter", name) for name in ("a b", "a c", "d", *names, "a b", "a c")]
    assert [point["metric"] for point in points] == of
    assert drained["dead_letters"] == []


def test_a_name_that_does_not_spread_is_looked_at_whole() -> None:
    """One stat's name has 255 characters, and no line ends."""
    fold, edge = PartitionFold(StatsProcessor(), 0, Position()), FakeEdge()
    names = ["a" * NAME_MAX_CODE_POINTS, "~" * (NAME_MAX_CODE_POINTS + 1), "a~b\n"]
    fold.take(Record(0, edge.seal(0, [edge.post(name) for name in names], spreads=False).values[0]))
    drained = fold.drain()

    assert [decode(row, "metric")["name"] for row in drained["metrics"]] == names[:1]
    buried = [decode(letter, "dead_letter")["reason"] for letter in drained["dead_letters"]]
    assert buried == ["stat_name_too_long", "bad_stat_name"]


def test_the_dead_letter_of_a_name_that_spreads_is_what_it_ever_was() -> None:
    """To the byte: a replay of an old log gives the rows that it gave."""
    fold, edge = PartitionFold(StatsProcessor(), 0, Position()), FakeEdge()
    post = edge.post("a~b~c")
    fold.take(Record(0, edge.seal(0, [post]).values[0]))
    (letter,) = fold.drain()["dead_letters"]

    assert orjson.loads(decode(letter, "dead_letter")["body"]) == post
