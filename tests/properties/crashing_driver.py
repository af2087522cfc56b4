"""The embedded driver under crashes at any moment, with batches that stand in the log twice: what every machine that
tries a processor so has.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from streams.contract import Processor
from streams.drivers.embedded_driver import EmbeddedDriver
from testkit.dying_file import dying
from testkit.memory_log import MemoryLog
from testkit.sealed import FakeEdge
from tilde.eventlog import Append
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock


class CrashingDriver(RuleBasedStateMachine):
    """`self.raw` is the log, which two edges write; `self.sealed`, their batches."""

    def prepare(self) -> None:
        """For the first rule of all."""
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outputs.g1.log"
        self.raw = MemoryLog()
        self.edges = [FakeEdge("e", number=0), FakeEdge("f", number=1)]
        self.sealed: list[Append] = []

    def processors(self) -> Sequence[Processor]:
        """Those that are tried."""
        raise NotImplementedError

    def start(self) -> None:
        """Over what stands in the file."""
        self.file = LogFile(self.path, writes=True)
        self.driver = EmbeddedDriver(self.raw, self.file, self.processors(), SystemClock())

    def append(self, sealed: Append) -> None:
        """An edge's next batch."""
        self.sealed.append(sealed)
        self.runner.run(self.raw.append([sealed]))

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
        self.start()

    def die_in_a_flush(self, at: int) -> None:
        """At any instruction of its transaction."""
        with dying(self.file.db, at):
            self.runner.run(self.driver.step())
        self.file.close()
        self.start()

    def finish(self) -> None:
        """Until all of the log is folded."""
        while self.runner.run(self.driver.step()):
            pass

    def replay(self) -> None:
        """All of it once more, into another file."""
        self.file.close()
        self.path = self.path.with_name("outputs.g2.log")
        self.start()
        self.finish()

    def close(self) -> None:
        self.file.close()
        self.folder.cleanup()
        self.runner.close()
