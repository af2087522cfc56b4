"""Watchers against crashes at any moment: each command is decided once, each letter is there once, none is missing."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from streams.decider import Decider
from testkit.dying_file import dying
from testkit.first_sights import HOURLY, FirstSights, text_of
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.sealed import NOON_MS, FakeEdge, partition_of_name
from testkit.watching import KilledError, Killing, comments_in, the_watchers, with_an_account
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append
from watchers.folder_destination import FolderDestination
from watchers.logged_commands import LoggedCommands
from watchers.occasions import MINUTE_MS, Every

NAMES = st.integers(0, 99).map("stat {}".format)
HOUR_MS = 60 * MINUTE_MS
WHEN = st.sampled_from(["before", "after"])


class Sights(FirstSights):
    """All hours are made up, however many pass at once."""

    occasions = Every(60, made_up_max=10_000)


class WatcherMachine(RuleBasedStateMachine):
    """`self.metrics` and `self.hours` hold what has to be told of."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "watchers.log"
        self.letters = Path(self.folder.name) / "mail"
        self.log = MemoryLog()
        self.clock = FixedClock(NOON_MS)
        self.edges = [FakeEdge("e", number=0), FakeEdge("f", number=1)]
        self.sealed: list[Append] = []
        self.metrics: set[int] = set()
        self.hours: list[int] = []
        self.runner.run(with_an_account(self.log))
        self.commands = Killing(LoggedCommands(self.log))
        self.destination = Killing(FolderDestination("mail", self.letters, ".eml"))
        self.abandoned: list[object] = []
        self.start()
        self.runner.run(self.parts.clockwork.step())  # from here on hours count
        self.runner.run(self.parts.loop.step())  # and posts

    def start(self) -> None:
        self.parts = the_watchers(self.path, self.log, Sights(), self.clock, self.commands, self.destination)
        self.decider = Decider(self.log, self.log, self.clock)

    def restart(self) -> None:
        """As after kill -9: the connection is never closed in order."""
        self.abandoned.append(self.parts.ledger)
        self.commands.dies = self.destination.dies = ""
        self.start()

    @rule(which=st.integers(0, 1), names=st.lists(NAMES, min_size=1, max_size=3))
    def post(self, which: int, names: list[str]) -> None:
        edge = self.edges[which]
        events = [edge.post(name) for name in names]
        self.metrics |= {metric_id(1, "counter", name) for name in names}
        self.sealed.append(edge.seal(partition_of_name(names[0]), events))
        self.runner.run(self.log.append(self.sealed[-1:]))

    @rule(back=st.integers(1, 4))
    def send_again(self, back: int) -> None:
        """Batches that are there already, as after an ack that was lost."""
        self.runner.run(self.log.append(self.sealed[-back:]))

    @rule(hours=st.integers(1, 3))
    def let_hours_pass(self, hours: int) -> None:
        for _ in range(hours):
            self.clock.advance(HOUR_MS)
            self.hours.append(self.clock.now_ms())

    @rule()
    def look(self) -> None:
        self.runner.run(self.parts.loop.step())

    @rule()
    def look_at_the_clock(self) -> None:
        self.runner.run(self.parts.clockwork.step())

    @rule()
    def ask(self) -> None:
        self.runner.run(self.parts.asking.step())

    @rule()
    def send(self) -> None:
        self.runner.run(self.parts.sending.step())

    @rule()
    def decide(self) -> None:
        self.runner.run(self.decider.step())

    @rule()
    def crash(self) -> None:
        """Between two steps."""
        self.restart()

    def with_something_to_do(self, name: str) -> None:
        self.post(0, [name])
        self.let_hours_pass(1)
        self.look()
        self.look_at_the_clock()

    @rule(when=WHEN, name=NAMES)
    def crash_while_asking(self, when: str, name: str) -> None:
        """Before the commands are in the log, or when they are and nobody here knows."""
        self.with_something_to_do(name)
        self.commands.dies = when
        try:
            self.runner.run(self.parts.asking.step())
        except KilledError:
            self.restart()
        self.commands.dies = ""

    @rule(when=WHEN, name=NAMES)
    def crash_while_sending(self, when: str, name: str) -> None:
        self.with_something_to_do(name)
        self.destination.dies = when
        try:
            self.runner.run(self.parts.sending.step())
        except BaseExceptionGroup:
            self.restart()
        self.destination.dies = ""

    @rule(at=st.integers(0, 60), of=st.sampled_from(["loop", "clockwork", "asking"]), name=NAMES)
    def crash_inside_a_commit(self, at: int, of: str, name: str) -> None:
        """At any instruction of a transaction, with something to do."""
        if of == "asking":
            self.with_something_to_do(name)
        self.post(0, [name])
        self.let_hours_pass(1)
        with dying(self.parts.ledger.db, at):
            self.runner.run(getattr(self.parts, of).step())
        self.restart()

    def teardown(self) -> None:
        if not hasattr(self, "parts"):
            return
        for step in (self.parts.loop.step, self.parts.clockwork.step, self.parts.asking.step):
            while self.runner.run(step()):
                pass
        self.clock.advance(2 * HOUR_MS)  # whatever was put off is due
        self.runner.run(self.parts.sending.step())
        while self.runner.run(self.decider.step()):
            pass
        told = self.runner.run(comments_in(self.log))
        letters = Counter(text_of(path.read_bytes()).partition(":")[0] for path in self.letters.glob("*"))
        left = self.parts.outbox.waiting(), self.parts.outbox.commands(1)
        self.parts.ledger.close()
        self.folder.cleanup()
        self.runner.close()

        hours = [f"at {at_ms}" for at_ms in self.hours]
        sights = [(metric, "first seen") for metric in self.metrics]
        assert told == Counter([*sights, *((HOURLY, hour) for hour in hours)])
        assert letters == Counter([*(f"1/{metric}" for metric in self.metrics), *hours])
        assert left == ({}, [])
        # One that keeps no ids, as a mail server, gets a letter once again for each crash that hid its answer.
        delivered = self.destination
        assert delivered.done - delivered.hidden == Counter(dict.fromkeys(delivered.done, 1))


WatcherMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=30)
TestWatcherCrashes = WatcherMachine.TestCase
