"""Deletions hide what was acknowledged before them and nothing else, in every order of posts, clocks and restores.

Two edges with clocks of their own post to one log; a decider with a third clock decides. What must be in sight is known
from the order in which things were answered, and from nothing else.
"""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.decider import Decider
from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.builders import a_command, an_account_created, an_entry, an_entry_message, some_sealed_commands
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.sealed import a_post, a_sealed_batch, partition_of_name
from tilde.catalog.follower import read_catalog
from tilde.domain.catalog.entries import Action
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import DeleteStat, RestoreStat
from tilde.domain.log.identity import CLOCK_END_MS, EPOCH_MS, EventIds
from tilde.domain.log.position import Position
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from tilde.schemas.codec import decode
from tilde.schemas.topics import CATALOG, COMMANDS, STATS

A_B = metric_id(1, "counter", "a b")
CLOCKS = st.integers(EPOCH_MS, CLOCK_END_MS - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.sampled_from([0, 1]), CLOCKS, st.sampled_from(["a b", "a~b", "a~c,b"])),
        st.tuples(st.just("delete"), CLOCKS),
        st.tuples(st.just("restore"), CLOCKS),
    ),
    max_size=25,
)


@dataclass
class World:
    """The log, and what must be in sight: `posted` by number, each with how many deletions stand behind it."""

    log: MemoryLog = field(default_factory=MemoryLog)
    clock: FixedClock = field(default_factory=lambda: FixedClock(EPOCH_MS))
    ids: list[EventIds] = field(default_factory=lambda: [EventIds(0), EventIds(1)])
    offsets: list[int] = field(default_factory=lambda: [0, 0])
    before: dict[tuple[int, int], int] = field(default_factory=dict)
    posted: list[int] = field(default_factory=list)  # the place of each post in the order of answers
    deletions: list[int] = field(default_factory=list)  # the number of posts when each was answered
    commands: int = 0

    async def begin(self) -> None:
        await self.log.append([Append(CATALOG.name, 0, [an_entry_message(an_entry(1, an_account_created()))])])

    async def post(self, edge: int, clock_ms: int, name: str) -> None:
        number = len(self.posted)
        event = a_post(self.ids[edge].next(clock_ms), name, float(number), received_at=clock_ms)
        partition = partition_of_name(name)
        self.offsets[edge] += 1
        before = self.before.get((edge, partition), -1)
        self.before[edge, partition] = self.offsets[edge]
        sealed = a_sealed_batch([event], self.offsets[edge], before, f"edge {edge}")
        await self.log.append([Append(STATS.name, partition, [sealed])])
        self.posted.append(number)

    async def ask(self, clock_ms: int, action: Action) -> Catalog:
        self.commands += 1
        command = a_command(action, at_ms=clock_ms, deadline_ms=CLOCK_END_MS)
        sealed = some_sealed_commands(command, offset=self.commands, before=self.commands - 1 or -1, edge="edge 0")
        await self.log.append([Append(COMMANDS.name, 0, [sealed])])
        self.clock.advance(clock_ms - self.clock.now_ms())
        await Decider(self.log, self.log, self.clock).step()
        return await read_catalog(self.log)

    async def delete(self, clock_ms: int) -> None:
        await self.ask(clock_ms, DeleteStat(1, A_B))
        self.deletions.append(len(self.posted))

    async def restore(self, clock_ms: int) -> None:
        left = len((await self.ask(clock_ms, RestoreStat(1, A_B))).stat(1, A_B).deletions)
        self.deletions = self.deletions[:left]

    async def in_sight(self) -> list[int]:
        """The posts to the stat that reads show, by what a replay of the log gives."""
        sight = (await read_catalog(self.log)).stat(1, A_B).sight
        shown = []
        for partition in range(STATS.partitions):
            fold = PartitionFold(StatsProcessor(), partition, Position())
            for record in await self.log.read(STATS.name, partition, 0, 1 << 30):
                fold.take(record)
            points = [decode(message, "point") for message in fold.drain()["points"]]
            shown += [
                int(point["number"])
                for point in points
                if point["metric"] == A_B
                and (not sight.ends or point["version"] >= sight.ends[point["raw_partition"]] * 512)
            ]
        return sorted(shown)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_a_deletion_hides_what_was_answered_before_it_and_nothing_later(steps: list[tuple]) -> None:
    """Whatever the clocks of both edges and of the decider show, and whichever partition a post goes through."""

    async def run() -> None:
        world = World()
        await world.begin()
        for step, *arguments in steps:
            await getattr(world, step)(*arguments)

        first = world.deletions[-1] if world.deletions else 0
        assert await world.in_sight() == list(range(first, len(world.posted)))

    asyncio.run(run())
