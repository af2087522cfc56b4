"""Deciders that die at any write, wake up as zombies and overtake each other: each command is answered exactly once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streams.decider import Decider
from testkit.builders import NOON_MS, a_command, some_sealed_commands
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from tests.properties.test_catalog_fold import ACTIONS
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.state import CommandId
from tilde.eventlog import Append
from tilde.schemas.topics import CATALOG, COMMANDS

EDGES = st.sampled_from(["e", "f"])
WHICH = st.integers(0, 2)


class Died(BaseException):
    """kill -9, in a process that has to go on for the others' sake."""


class Hand:
    """A decider's way to the log, where a test may stop it before or after a write."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.before: Callable[[], Awaitable[None]] | None = None
        self.after: Callable[[], Awaitable[None]] | None = None

    async def append(self, appends: Sequence[Append]) -> list[int]:
        if self.before is not None:
            before, self.before = self.before, None
            await before()
        offsets = await self._log.append(appends)
        if self.after is not None:
            after, self.after = self.after, None
            await after()
        return offsets

    async def close(self) -> None:
        return


class DeciderMachine(RuleBasedStateMachine):
    """`self.asked` holds every command in the order of the log. Three deciders live; none knows of the others."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.log = MemoryLog()
        self.clock = FixedClock(NOON_MS)
        self.asked: list[CommandId] = []
        self.batches: list[bytes] = []
        self.next_offset = {"e": 1, "f": 1}
        self.deciders = [self.started() for _ in range(3)]

    def started(self) -> tuple[Decider, Hand]:
        hand = Hand(self.log)
        return Decider(self.log, hand, self.clock), hand

    def run(self, work: Awaitable[object]) -> None:
        async def until_death() -> None:
            try:
                await work
            except Died:
                return

        self.runner.run(until_death())

    @rule(edge=EDGES, actions=st.lists(ACTIONS, min_size=1, max_size=4))
    def ask(self, edge: str, actions: list) -> None:
        """An edge's next batch of commands."""
        offset = self.next_offset[edge]
        self.next_offset[edge] += 1
        now_ms = self.clock.now_ms()
        commands = [a_command(action, at_ms=now_ms, deadline_ms=now_ms + 10) for action in actions]
        self.batches.append(some_sealed_commands(*commands, offset=offset, edge=edge))
        self.asked += [CommandId(edge, 1, offset, index) for index in range(len(actions))]
        self.run(self.log.append([Append(COMMANDS.name, 0, self.batches[-1:])]))

    @rule(back=st.integers(1, 3))
    def send_again(self, back: int) -> None:
        """A forwarder that lost its place."""
        if self.batches:
            self.run(self.log.append([Append(COMMANDS.name, 0, self.batches[-back:])]))

    @rule(which=WHICH)
    def decide(self, which: int) -> None:
        self.run(self.deciders[which][0].step())

    @rule(which=WHICH, writes=st.integers(0, 2), is_after=st.booleans())
    def die_at_a_write(self, which: int, writes: int, is_after: bool) -> None:
        """Before or after its n-th write from here on; another process takes its place."""
        decider, hand = self.deciders[which]
        left = writes

        async def die() -> None:
            nonlocal left
            if left == 0:
                raise Died
            left -= 1
            self.set_trap(hand, die, is_after=is_after)

        self.set_trap(hand, die, is_after=is_after)
        self.run(decider.step())
        self.deciders[which] = self.started()

    @staticmethod
    def set_trap(hand: Hand, trap: Callable[[], Awaitable[None]], *, is_after: bool) -> None:
        if is_after:
            hand.after = trap
        else:
            hand.before = trap

    @rule(slow=WHICH, quick=WHICH, also=st.booleans())
    def be_overtaken(self, slow: int, quick: int, also: bool) -> None:
        """One stands still just before (or after) its write, while another decides all there is."""
        if slow == quick:
            return

        async def overtake() -> None:
            await self.deciders[quick][0].step()

        self.set_trap(self.deciders[slow][1], overtake, is_after=also)
        self.run(self.deciders[slow][0].step())
        self.deciders[slow][1].before = self.deciders[slow][1].after = None

    @rule(ms=st.sampled_from([1, 11]))
    def let_time_pass(self, ms: int) -> None:
        """Also beyond a deadline."""
        self.clock.advance(ms)

    def answers(self) -> list[Entry]:
        told: list[Entry] = []
        follower = CatalogFollower(self.log)
        follower.listen(told.append)
        self.run(follower.read_to_end())
        return told

    @invariant()
    def each_command_has_at_most_one_answer_in_order(self) -> None:
        if hasattr(self, "log"):
            answered = [entry.command for entry in self.answers()]
            assert answered == self.asked[: len(answered)]

    def teardown(self) -> None:
        if not hasattr(self, "log"):
            return
        last = self.started()[0]
        self.run(last.step())
        answers = self.answers()

        assert [entry.command for entry in answers] == self.asked
        assert [entry.sequence for entry in answers] == list(range(1, len(self.asked) + 1))
        written = self.runner.run(self.log.end_offset(CATALOG.name, 0))
        assert written >= len(answers)
        self.runner.close()


DeciderMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
TestDecider = DeciderMachine.TestCase
