"""Traffic against crashes of the embedded driver at any moment: whatever two edges send, repeat, or ship days late, the
rows of every site's days are a recount of the log, and so are those of a replay.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from streams.contract import Processor
from streams.processors.hits import HitsProcessor
from streams.processors.traffic import TrafficProcessor
from testkit.hits import an_event, recounted, traffic_of
from testkit.sealed import NOON_MS
from tests.properties.crashing_driver import CrashingDriver
from tilde.domain.log.partitioner import partition_of_site
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


class TrafficMachine(CrashingDriver):
    """`self.events` are all that the log has, each once."""

    @initialize()
    def begin(self) -> None:
        self.prepare()
        self.events: list[dict[str, Any]] = []
        self.start()

    def processors(self) -> Sequence[Processor]:
        return [HitsProcessor(), TrafficProcessor()]

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
            self.append(edge.seal(partition, events, HITS))

    @rule(at=st.integers(0, 25), hit=HIT)
    def crash_inside_a_flush(self, at: int, hit: Any) -> None:
        """At any instruction of its transaction, with something to flush."""
        self.send(0, [hit])
        self.die_in_a_flush(at)

    def rows(self, topic: str) -> list[dict[str, Any]]:
        return [
            decode(record.value, TOPICS[topic].subject)
            for partition in range(HITS.partitions)
            for record in self.file.read(topic, partition, 0, 1 << 30)
        ]

    @invariant()
    def nothing_is_counted_that_did_not_come(self) -> None:
        """At every moment, whatever was not folded yet."""
        if hasattr(self, "file"):
            there = recounted(self.events)
            for key, counts in traffic_of(self.rows(TRAFFIC.name)).items():
                assert all(seen <= came for seen, came in zip(counts, there[key], strict=True))

    def teardown(self) -> None:
        if not hasattr(self, "driver"):
            return
        self.finish()
        live = [self.rows(topic.name) for topic in (TRAFFIC, ACTIONS)]
        self.replay()
        again = [self.rows(topic.name) for topic in (TRAFFIC, ACTIONS)]
        self.close()

        assert traffic_of(live[0]) == recounted(self.events)
        assert sorted(row["event_id"] for row in live[1]) == sorted(event["event"] for event in self.events)
        assert again == live


TrafficMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20)
TestTraffic = TrafficMachine.TestCase
