"""The Faust application: it shares the partitions out among the workers, brings the messages, and recovers the Tables.

Nothing else is left to it, neither positions nor changelogs: docs/decisions/0002-delivery.md says what that cost.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import faust
from faust.exceptions import ConsumerNotStarted
from faust.types import TP, EventT, StreamT

from streams.contract import Processor
from streams.drivers.kafka.driver import KafkaDriver
from streams.drivers.kafka.faust_table import ProcessorTable
from streams.drivers.kafka.holding import Drained, ProcessorPartition, Saved, SourcePartition
from streams.drivers.kafka.names import app_id, changelog_name
from tilde.eventlog import Record
from tilde.schemas.topics import COMMANDS, Topic

SESSION_S = 6.0
HEARTBEAT_S = 2.0
REQUEST_S = 10.0  # must not be below the session
POLL_RECORDS_MAX = 500  # by default Faust takes all that is buffered, fills its queue, and then sleeps a second


def faust_app(bootstrap: str, generation: int, data_dir: Path) -> faust.App:
    """The application of a generation, with every setting that matters given."""
    return faust.App(
        app_id(generation),
        broker=[f"kafka://{address}" for address in bootstrap.split(",")],
        store="memory://",
        datadir=data_dir / "faust",
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,  # `tilde migrate` makes the topics
        topic_disable_leader=True,
        table_standby_replicas=0,
        broker_max_poll_records=POLL_RECORDS_MAX,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_rebalance_timeout=SESSION_S,
        broker_request_timeout=REQUEST_S,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
    )


class FaustTables:
    """Positions where Faust has them: one Table a processor. Of those that remember nothing; the others' changelogs are
    read once nobody else writes there (`fenced_changelogs.py`).
    """

    def __init__(self, app: faust.App, processors: Iterable[Processor], generation: int) -> None:
        self._tables: dict[str, ProcessorTable] = {}
        for processor in (each for each in processors if not each.remembers):
            table = ProcessorTable(
                app, name=processor.name, partitions=processor.source.partitions, beacon=app.tables.beacon
            )
            app.tables.add(table)
            assert table.changelog_topic_name == changelog_name(processor.name, generation)
            self._tables[processor.name] = table

    def saved(self, processor: str, partition: int) -> Saved:
        return self._tables[processor].saved(partition)

    def keep(self, drained: Drained) -> None:
        self._tables[drained.processor].keep(drained)


class Election(Protocol):
    """Is told after each assignment whether this worker holds partition 0 of `commands`."""

    def __call__(self, *, holds_commands: bool) -> None: ...


TakeOver = Callable[[Sequence[ProcessorPartition]], Awaitable[None]]
"""Makes this worker the only one that writes what processors remember of these, and reads it."""


class FaustDriver:
    """Connects the application with the driver: deliveries, assignments, and who decides commands.

    `on_error` is called with whatever escapes: it has to end the process, since Faust would count the message as done.
    """

    def __init__(
        self,
        app: faust.App,
        driver: KafkaDriver,
        processors: Sequence[Processor],
        take_over: TakeOver,
        on_election: Election,
        on_error: Callable[[Exception], None],
    ) -> None:
        self._app = app
        self._driver = driver
        self._processors = processors
        self._take_over = take_over
        self._assignments = 0
        self._beginning: set[ProcessorPartition] = set()  # what is being taken over
        self._on_election = on_election
        self._nothing_escapes = _NothingEscapes(on_error)
        self.is_ready = False
        sources = {processor.source: processor.name for processor in reversed(processors)}
        for source, first in sources.items():  # named after the first of those that read it
            self._add_agent(first, source, self._deliverer(source.name))
        self._add_agent("decider", COMMANDS, _ignore)
        app.on_partitions_revoked.connect(self._revoked)
        app.on_partitions_assigned.connect(self._assigned_anew)
        app.on_rebalance_complete.connect(self._recovered)

    def _add_agent(self, name: str, source: Topic, agent: Callable[[StreamT[bytes]], Awaitable[None]]) -> None:
        topic = self._app.topic(
            source.name, key_serializer="raw", value_serializer="raw", value_type=bytes, partitions=source.partitions
        )
        # More than one actor loses messages on a crash: a later message's ack commits an earlier one's offset.
        self._app.agent(topic, name=name, concurrency=1)(agent)

    def _deliverer(self, topic: str) -> Callable[[StreamT[bytes]], Awaitable[None]]:
        async def deliver(stream: StreamT[bytes]) -> None:
            event: EventT[bytes]
            async for event in stream.events():
                message = event.message
                with self._nothing_escapes:
                    source = SourcePartition(topic, message.partition)
                    await self._driver.deliver(source, Record(message.offset, message.value or b""))

        return deliver

    async def _revoked(self, *_: Any, **__: Any) -> None:
        self._stand_down()

    async def _assigned_anew(self, *given: Any, **_: Any) -> None:
        """Faust says this while the Tables recover, or, where there was little to recover, after that."""
        _, assigned = given
        if set(self._folded_of(assigned)) in (self._driver.next_offsets.keys(), self._beginning):
            return
        self._stand_down()

    def _stand_down(self) -> None:
        self._assignments += 1
        self._beginning = set()
        self.is_ready = False
        self._driver.revoke()
        self._on_election(holds_commands=False)

    async def _recovered(self, *_: Any, **__: Any) -> None:
        """The Tables hold what their changelogs held: folding can begin, for what is assigned now, once nobody else
        writes what processors remember.
        """
        with self._nothing_escapes:
            self._stand_down()
            assignment, assigned = self._assignments, self._app.consumer.assignment()
            folded = self._folded_of(assigned)
            self._beginning = set(folded)
            await self._take_over(folded)
            if assignment != self._assignments:
                return  # it is over already; the next one is said as well
            self._beginning = set()
            self._driver.assign(folded)
            self._on_election(holds_commands=TP(COMMANDS.name, 0) in assigned)
            self.is_ready = True

    def _folded_of(self, assigned: Iterable[TP]) -> list[ProcessorPartition]:
        held = {(tp.topic, tp.partition) for tp in assigned}
        return [
            ProcessorPartition(processor.name, partition)
            for processor in self._processors
            for partition in range(processor.source.partitions)
            if (processor.source.name, partition) in held
        ]

    @property
    def is_idle_by_mistake(self) -> bool:
        """Whether partitions are assigned to this worker and it neither holds any nor takes them over: a rebalance went
        by unsaid.
        """
        if self._driver.next_offsets or self._beginning:
            return False
        try:
            return bool(self._folded_of(self._app.consumer.assignment()))
        except ConsumerNotStarted:
            return False


class _NothingEscapes:
    """Around an agent's work on one message: an exception that left the agent would count the message as done."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            self._on_error(error)


async def _ignore(stream: StreamT[bytes]) -> None:
    """Commands are the decider's: it reads the log itself, and Faust only says which worker it runs in."""
    async for _ in stream:
        pass
