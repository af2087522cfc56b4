"""Whatever is posted, renamed and made by hand, in whatever order: a name stands for one stat, a stat keeps its id, and
what was counted under a name is where the name went then. By an oracle that knows nothing of ids.
"""

import asyncio
from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from producers.stats.stat_targets import StatTarget, StatTargets
from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.builders import NOON_MS, a_command, a_command_id, an_account_created, an_entry, an_entry_message
from testkit.memory_log import MemoryLog
from testkit.sealed import sealed_stats, sealed_whole
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Action, Entry, decide
from tilde.domain.catalog.stat_settings import ChangeStat
from tilde.domain.catalog.stats import CreateStat
from tilde.domain.log.position import Position
from tilde.domain.stats.fanout import stats_of
from tilde.domain.stats.metrics import Kind
from tilde.eventlog import Append, Record
from tilde.schemas.codec import decode
from tilde.schemas.hot import long, stat_posted
from tilde.schemas.topics import CATALOG, STATS

NAMES = st.sampled_from(["a", "b", "c", "a b", "a c"])
POSTED = NAMES | st.sampled_from(["a~b,c", "~a,b", "~c", "b~c"])
SPREADS = st.booleans()


class Names(RuleBasedStateMachine):
    """`self.called` is the oracle: which stat has which name, and `self.counted` what each has counted."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.log = MemoryLog()
        self.follower = CatalogFollower(self.log)
        self.to = {spreads: StatTargets(self.follower, spreads=spreads) for spreads in (True, False)}
        self.folds = [PartitionFold(StatsProcessor(), number, Position()) for number in range(STATS.partitions)]
        self.offsets = [0] * STATS.partitions
        self.event_id = 0
        self.called: dict[str, object] = {}
        self.counted: dict[object, list[float]] = {}
        self.metrics: dict[object, int] = {}
        self.points: dict[int, list[float]] = {}
        self.first_names: dict[int, set[str]] = {}
        self.take(an_entry(1, an_account_created(1)))

    def take(self, entry: Entry) -> None:
        """One more entry of the log, as an edge reads it."""
        self.runner.run(self.log.append([Append(CATALOG.name, 0, [an_entry_message(entry)])]))
        self.runner.run(self.follower.read_to_end())

    def asked(self, action: Action) -> str | None:
        catalog = self.follower.catalog
        number = catalog.sequence + 1
        entry = decide(catalog, a_command(action), a_command_id(number), number, NOON_MS)
        self.take(entry)
        return entry.refusal

    def stat(self, name: str) -> object:
        """The stat of a name: it begins with its first post, as by hand."""
        if name not in self.called:
            self.called[name] = object()
            self.counted[self.called[name]] = []
        return self.called[name]

    @rule(name=POSTED, spreads=SPREADS)
    def post(self, name: str, spreads: bool) -> None:
        self.event_id += 1
        number = float(self.event_id)
        for stat in stats_of(name, spreads=spreads):
            self.counted[self.stat(stat)].append(number)
        to = self.to[spreads][1, Kind.COUNTER, name]
        for each in (to, *to.others):
            self.seal(each, number)
        for stat in stats_of(name, spreads=spreads):
            self.metrics.setdefault(self.stat(stat), self.follower.catalog.metric_of(1, Kind.COUNTER, stat))

    def seal(self, to: StatTarget, number: float) -> None:
        self.event_id += 1
        event = stat_posted(self.event_id, to.name, number, None, long(NOON_MS))
        seal = sealed_stats if to.spreads else sealed_whole
        offset = self.offsets[to.partition]
        message = seal("e", 1, offset + 1, offset or -1, 0, [event])
        self.folds[to.partition].take(Record(offset, message))
        self.offsets[to.partition] += 1
        drained: Mapping[str, list[bytes]] = self.folds[to.partition].drain()
        assert not drained["dead_letters"]
        for point in (decode(message, "point") for message in drained["points"]):
            self.points.setdefault(point["metric"], []).append(point["number"])
        for row in (decode(message, "metric") for message in drained["metrics"]):
            self.first_names.setdefault(row["metric"], set()).add(row["name"])

    @rule(old=NAMES, new=NAMES)
    def rename(self, old: str, new: str) -> None:
        """Of what is in sight, to what is not: the edge looks that up in the tables before it asks."""
        if old not in self.called or new in self.called:
            return
        stat = self.called.pop(old)
        self.called[new] = stat
        assert self.asked(ChangeStat(1, self.metrics[stat], Kind.COUNTER, old, new, None, None, None)) is None

    @rule(name=NAMES)
    def make(self, name: str) -> None:
        """Before its first post; the catalog refuses what it knows."""
        is_new = name not in self.called
        refusal = self.asked(CreateStat(1, Kind.COUNTER, name))
        assert refusal is None or not is_new
        self.metrics.setdefault(self.stat(name), self.follower.catalog.metric_of(1, Kind.COUNTER, name))

    @invariant()
    def a_name_stands_for_one_stat_and_a_stat_keeps_its_id(self) -> None:
        catalog = self.follower.catalog
        for name, stat in self.called.items():
            assert catalog.metric_of(1, Kind.COUNTER, name) == self.metrics[stat]
        assert len(set(self.metrics.values())) == len(self.metrics)
        assert {self.metrics[stat]: numbers for stat, numbers in self.counted.items() if numbers} == self.points

    @invariant()
    def a_stat_is_known_by_one_first_name_and_has_its_own_now(self) -> None:
        """Rows of `metrics` have the first; two of them would be told as a clash of ids."""
        catalog = self.follower.catalog
        assert all(len(names) == 1 for names in self.first_names.values())
        for name, stat in self.called.items():
            known = catalog.stat(1, self.metrics[stat]).known_as
            assert known == name or (known is None and self.first_names[self.metrics[stat]] == {name})

    def teardown(self) -> None:
        self.runner.close()


Names.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestNames = Names.TestCase
