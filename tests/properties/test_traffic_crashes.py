"""Traffic against crashes of the embedded driver at any moment: whatever two edges send, repeat, or ship days late, the
rows of every site's days are a recount of the log, and so are those of a replay.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streams.drivers.embedded_driver import EmbeddedDriver
from streams.processors.hits import HitsProcessor
from streams.processors.traffic import TrafficProcessor
from testkit.dying_file import dying
from testkit.hits import an_event, recounted, traffic_of
from testkit.memory_log import MemoryLog
from testkit.sealed import NOON_MS, FakeEdge
from tilde.domain.log.partitioner import partition_of_site
from tilde.eventlog import Append
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock
from tilde.schemas.codec import decode
from tilde.schemas.topics import ACTIONS, HITS, TOPICS, TRAFFIC

DAY_MS = 86_400_000
SITES = st.sampled_from([32, 33, 48])
CLOCKS = st.sampled_from([(-28_800, "usa"), (3_600, "eu"), (20_700, "0"), (0, "Pacific/Auckland")])
HIT = st.tuples(
    SITES,
    CLOCKS,
    st.sampled_from(["pageview", "pageview", "click", "ping"]),
    st.sampled_from([None, None, None, "curl"]),
    st.integers(0, 40 * DAY_MS),
)


class TrafficMachine(RuleBasedStateMachine):
    """`self.events` are all that the log has, each once."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outputs.g1.log"
        self.raw = MemoryLog()
        self.edges = [FakeEdge("e", number=0), FakeEdge("f", number=1)]
        self.sealed: list[Append] = []
        self.events: list[dict[str, Any]] = []
        self.file, self.driver = self.opened(self.path)

    def opened(self, path: Path) -> tuple[LogFile, EmbeddedDriver]:
        file = LogFile(path, writes=True)
        return file, EmbeddedDriver(self.raw, file, [HitsProcessor(), TrafficProcessor()], SystemClock())

    @rule(which=st.integers(0, 1), hits=st.lists(HIT, min_size=1, max_size=6))
    def send(self, which: int, hits: list[Any]) -> None:
        """A batch a partition of an edge; days come in whatever order."""
        edge = self.edges[which]
        by_partition: dict[int, list[dict[str, Any]]] = {}
        for site, (offset_s, clock_rule), type_, bot, late_ms in hits:
            at = {"received_at": NOON_MS + late_ms, "clock_offset_s": offset_s, "clock_rule": clock_rule}
            event = an_event(edge.next_id(), site, type=type_, bot=bot, **at)
            by_partition.setdefault(partition_of_site(site, HITS.partitions), []).append(event)
            self.events.append(event)
        for partition, events in by_partition.items():
            self.sealed.append(edge.seal(partition, events, HITS))
            self.runner.run(self.raw.append(self.sealed[-1:]))

    @rule(back=st.integers(1, 4))
    def send_again(self, back: int) -> None:
        """Batches that are there already."""
        self.runner.run(self.raw.append(self.sealed[-back:]))

    @rule()
    def step(self) -> None:
        self.runner.run(self.driver.step())

    @rule()
    def crash(self) -> None:
        """kill -9 between two steps: the connection is never closed in order."""
        self.abandoned = self.file
        self.file, self.driver = self.opened(self.path)

    @rule(at=st.integers(0, 25), hit=HIT)
    def crash_inside_a_flush(self, at: int, hit: Any) -> None:
        """At any instruction of its transaction, with something to flush."""
        self.send(0, [hit])
        with dying(self.file.db, at):
            self.runner.run(self.driver.step())
        self.file.close()
        self.file, self.driver = self.opened(self.path)

    def rows_of(self, file: LogFile, topic: str) -> list[dict[str, Any]]:
        return [
            decode(record.value, TOPICS[topic].subject)
            for partition in range(HITS.partitions)
            for record in file.read(topic, partition, 0, 1 << 30)
        ]

    def finish(self, driver: EmbeddedDriver) -> None:
        while self.runner.run(driver.step()):
            pass

    @invariant()
    def nothing_is_counted_that_did_not_come(self) -> None:
        """At every moment, whatever was not folded yet."""
        if hasattr(self, "file"):
            there = recounted(self.events)
            for key, counts in traffic_of(self.rows_of(self.file, TRAFFIC.name)).items():
                assert all(seen <= came for seen, came in zip(counts, there[key], strict=True))

    def teardown(self) -> None:
        if not hasattr(self, "driver"):
            return
        self.finish(self.driver)
        live = [self.rows_of(self.file, topic.name) for topic in (TRAFFIC, ACTIONS)]
        self.file.close()
        replayed, driver = self.opened(self.path.with_name("outputs.g2.log"))
        self.finish(driver)
        again = [self.rows_of(replayed, topic.name) for topic in (TRAFFIC, ACTIONS)]
        replayed.close()
        self.folder.cleanup()
        self.runner.close()

        assert traffic_of(live[0]) == recounted(self.events)
        assert sorted(row["event_id"] for row in live[1]) == sorted(event["event"] for event in self.events)
        assert again == live


TrafficMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20)
TestTraffic = TrafficMachine.TestCase
