"""A paced sink against crashes at any moment: nothing is lost, nothing is said to be there before it is, and no row waits
longer than its table's pace.
"""

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sinks.loop import Sink
from sinks.pending import ROWS_DUE
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.rows import a_metric, a_milestone, a_point
from testkit.sunk import SunkStore
from tilde.eventlog import Append
from tilde.store.tables import TABLES

PACES = {table.name: table.pace_s for table in TABLES}
PARTITIONS = (0, 7)


class SinkMachine(RuleBasedStateMachine):
    """A row's number is its offset, so what an insert had says which offsets are in."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.clock = FixedClock(1_000_000)
        self.log = MemoryLog()
        self.store = SunkStore(self.clock)
        self.ends = dict.fromkeys(
            ((topic, partition) for topic in ("points", "metrics") for partition in PARTITIONS), 0
        )
        self.came_s: dict[tuple[str, int], list[float]] = {where: [] for where in self.ends}
        self.said: dict[int, list[dict[str, int]]] = {partition: [] for partition in PARTITIONS}
        self.seen = 0
        self.inserted: dict[tuple[str, int], set[int]] = {where: set() for where in self.ends}
        self.flushes = self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        saved = list(self.store.positions.values())
        self.sink = Sink(self.log, self.store, "tilde_g1", self.clock, saved)  # type: ignore[arg-type]

    @rule(topic=st.sampled_from(["points", "metrics"]), partition=st.sampled_from(PARTITIONS), count=st.integers(1, 3))
    def come(self, topic: str, partition: int, count: int) -> None:
        """Rows, and in the same flush of their processor what is said of them."""
        first = self.ends[topic, partition]
        numbers = range(first, first + count)
        if topic == "points":
            values = [a_point(product=partition, number=float(number)) for number in numbers]
        else:
            values = [a_metric("hits", raw_partition=partition, event_id=number) for number in numbers]
        self.ends[topic, partition] += count
        self.came_s[topic, partition] += [self.clock.monotonic_s()] * count
        ends: Any = {name: self.ends[name, partition] for name in ("points", "metrics")}
        self.said[partition].append(ends)
        said = a_milestone(partition, len(self.said[partition]), dead_letters=0, **ends)
        self.runner.run(self.log.append([Append(topic, partition, values), Append("progress", partition, [said])]))

    @rule(partition=st.sampled_from(PARTITIONS))
    def come_in_numbers(self, partition: int) -> None:
        self.come("points", partition, ROWS_DUE)

    @rule(ms=st.sampled_from([50, 200, 299, 1_000, 6_000]))
    def let_time_pass(self, ms: int) -> None:
        self.clock.advance(ms)

    @rule()
    def step(self) -> None:
        """Whatever came more than a pace ago is in afterwards."""
        self.run_a_round()
        for where, came_s in self.came_s.items():
            due = sum(self.clock.monotonic_s() - at_s >= PACES[where[0]] + 0.001 for at_s in came_s)
            assert self.inserted[where] >= set(range(due))

    @rule()
    def flush(self) -> None:
        self.flushes += 1
        self.sink.flush()
        self.run_a_round()
        for where, end in self.ends.items():
            assert self.inserted[where] == set(range(end))

    @rule()
    def save(self) -> None:
        """A stop in good order."""
        self.runner.run(self.sink.save())
        self.start()

    @rule()
    def crash(self) -> None:
        """kill -9 between two rounds: what waited is forgotten."""
        self.start()

    def run_a_round(self) -> None:
        self.runner.run(self.sink.step())
        for insert in self.store.inserts[self.seen :]:
            for row in insert.rows:
                if insert.table == "points":
                    self.inserted["points", row["product"]].add(int(row["number"]))
                elif insert.table == "metrics":
                    self.inserted["metrics", row["raw_partition"]].add(row["event_id"])
        self.seen = len(self.store.inserts)

    @invariant()
    def no_position_leads(self) -> None:
        """Neither what is saved, nor what is told, nor what may be trimmed."""
        for where in self.ends:
            saved = self.store.positions.get(where)
            below = saved.next_offset if saved else 0
            assert below == self.sink.saved_offsets().get(where, 0) <= self.sink.next_offsets().get(where, 0)
            assert self.inserted[where] >= set(range(self.sink.next_offsets().get(where, 0)))
        passed = self.runner.run(self.sink.passed())["stats"]
        for partition, said in self.said.items():
            for topic, end in said[passed[partition] - 1].items() if passed[partition] else ():
                assert self.inserted[topic, partition] >= set(range(end))

    @invariant()
    def there_are_no_more_inserts_than_the_pace_admits(self) -> None:
        for table in ("points", "metrics"):
            inserts = self.store.into(table)
            by_pace = (self.clock.monotonic_s() - 1_000) / PACES[table] + 1
            by_number = sum(len(insert.rows) >= ROWS_DUE for insert in inserts)
            assert len(inserts) <= by_pace + by_number + self.flushes + self.starts

    def teardown(self) -> None:
        self.flush()
        passed = self.runner.run(self.sink.passed())["stats"]
        assert [passed[partition] for partition in PARTITIONS] == [len(said) for said in self.said.values()]
        self.runner.close()


SinkMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestPacedSink = SinkMachine.TestCase
