"""Group commit: events gathered while the last commit ran are sealed into batches, one a partition of their topic, and
committed as one.

    post -> open group -> sealed batches -> one transaction -> everybody who waits is answered

A batch is sealed once: the bytes in the edge's log are those that every retry sends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from producers.edge.edge_log import Adopted, EdgeLog, LogThread
from producers.edge.event_writer import EventPlace
from producers.edge.preceding import NotPrecededError, Work, preceded
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.identity import EventIds
from tilde.domain.log.versions import EVENTS_MAX
from tilde.eventlog import Append, LogError
from tilde.runtime.portions import portions_by_size
from tilde.schemas.codec import batch_end, batch_schema, header
from tilde.schemas.hot import sealed_batch
from tilde.schemas.registry import Schema
from tilde.schemas.topics import COMMANDS, Topic

BUSY_EVENTS = 8  # in the last group: then it is worth waiting for others to come into this one
GATHER_S = 0.002  # at most: a commit costs 250 us of CPU however much is in it; alone, a post does not wait at all
LULL_S = 0.0005  # when nobody has come in for that long, nobody is waited for
EVENTS_OF_TURN = 5_000  # sealed in one turn of the loop: a millisecond
BYTES_MAX = 256 << 10
NOTHING_SAID: Mapping[str, Any] = {}


class GroupEnd(asyncio.Future[None]):
    """The end of a group, that all of its clients wait for; shielding each one's wait costs 3 us more a post."""

    def cancel(self, msg: object = None) -> bool:
        """Does nothing: a task cancels what it waits for, and this is others' too."""
        return False


class OpenPartition(list[bytes]):
    """The events that a writer was left for one partition since the last group was closed, in order. `places` has a
    future for each that waits for its place, by its index here.
    """

    __slots__ = ("partition", "places", "writer")

    def __init__(self, writer: "TopicWriter", partition: int) -> None:
        self.writer = writer  # an empty list needs no more to begin with
        self.partition = partition
        self.places: dict[int, asyncio.Future[EventPlace]] = {}

    def cut(self, first: int, events: int, edge: str, epoch: int, offset: int) -> None:
        """The events from the `first` on, so many, are the batch at this edge offset."""
        for at in self.places.keys() & range(first, first + events):
            self.places[at].set_result(EventPlace(edge, epoch, offset, at - first))


class TopicWriter:
    """The EventWriter of one topic, for events encoded with one version of its schema, in batches that have this `end`
    behind them.
    """

    def __init__(
        self,
        topic: Topic,
        schema: Schema,
        end: bytes,
        on_open: Callable[[OpenPartition], None],
        durable: Callable[[], asyncio.Future[None]],
    ) -> None:
        """`on_open` is called at the first event that a partition is left for a group."""
        self.topic = topic
        self.header = header(schema)
        self.end = end
        self.durable = durable  # the sealer's own, since every post calls it
        self._on_open = on_open
        self.left: dict[int, OpenPartition] = {}  # for the open group; the sealer empties it when it closes that

    def post(self, partition: int, event: bytes) -> None:
        left = self.left.get(partition)
        (self.opened(partition) if left is None else left).append(event)

    async def placed(self, partition: int, event: bytes) -> EventPlace:
        """As `post`; returns where the event stands, once it is durable there. Raises LogError."""
        left = self.opened(partition)
        place = left.places[len(left)] = asyncio.Future[EventPlace]()
        left.append(event)
        await self.durable()
        return await place

    def opened(self, partition: int) -> OpenPartition:
        """What was left for one partition in the open group, where more may be left."""
        if partition in self.left:
            return self.left[partition]
        if not 0 <= partition < self.topic.partitions:
            raise ValueError(f"{self.topic.name} has no partition {partition}")
        left = self.left[partition] = OpenPartition(self, partition)
        self._on_open(left)
        return left


class Sealer:
    """The one write path of an edge, for all its raw topics. Used from its event loop only; commits run in a thread of
    its own.
    """

    def __init__(
        self,
        log: EdgeLog,
        ids: EventIds,
        catalog: Catalog,
        on_commit: Callable[..., object] | None = None,
        confirm: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`catalog` is this edge's copy: each batch says how far that had been read. `on_commit` is called after each
        commit with the names of the topics that have grown; `confirm`, with its last edge offset, is waited for before
        answers.
        """
        self._log = log
        self.ids = ids
        self._catalog = catalog
        self._on_commit = on_commit
        self._confirm = confirm
        self._confirming: set[asyncio.Task[None]] = set()
        self._thread = LogThread()
        self._loop = asyncio.get_running_loop()
        self._writers: dict[tuple[str, int, tuple[tuple[str, Any], ...]], TopicWriter] = {}
        self._open: list[OpenPartition] = []
        self._adopted: list[Callable[[], bytes]] = []
        self._preceding: list[Work] = []
        self._last_group = 0
        self._group = GroupEnd(loop=self._loop)
        self._sealed = GroupEnd(loop=self._loop)  # the last group that was closed
        self._sealed.set_result(None)
        self._committing: asyncio.Task[None] | None = None

    def writer(self, topic: Topic, said: Mapping[str, Any] = NOTHING_SAID, schema: Schema | None = None) -> TopicWriter:
        """The writer of a raw topic, the same one for everybody who has the same to say. Its events are encoded as the
        newest version of the topic's schema has them, or as this `schema` has, which commands choose each; of all in
        its batches it says `said`: `{"spreads": False}`.
        """
        schema = batch_schema(topic.subject, said) if schema is None else schema
        key = topic.name, schema.id, tuple(sorted(said.items()))
        if key not in self._writers:
            self._writers[key] = TopicWriter(topic, schema, batch_end(schema, said), self._open.append, self._durable)
        return self._writers[key]

    def adopt(self, commands: Callable[[], bytes]) -> asyncio.Future[None]:
        """Adds a batch of commands that was sealed in another edge's name to the open group, which is given its bytes
        when it is sealed, as all else in it. As EventWriter.durable.
        """
        self._adopted.append(commands)
        return self._durable()

    def precede(self, work: Callable[[], None], give_up: Callable[[LogError], None], topics: Collection[Topic]) -> None:
        """Has `work` done before each commit with an event of one of these topics, in the log's thread: what it makes
        durable is there before the events of the group are. LogError from it is the group's, and that of the open one,
        too, where it has an event of one of these topics: it may need the same. Then `give_up` is called with it,
        before anything else is left.
        """
        self._preceding.append(Work(work, give_up, frozenset(topic.name for topic in topics)))

    def _durable(self) -> asyncio.Future[None]:
        """As EventWriter.durable."""
        if not self._open and not self._adopted:
            return self._sealed
        if self._committing is None:
            self._committing = self._loop.create_task(self._commit_groups())
        return self._group

    async def trouble(self) -> str | None:
        """Why the log cannot be written; None where it can. A log that failed is tried again."""
        if self._log.trouble is not None:
            await self._thread.run(self._log.try_again)
        return self._log.trouble

    async def _commit_groups(self) -> None:
        try:
            while self._open or self._adopted:
                if self._last_group >= BUSY_EVENTS:
                    await self._gather()
                await self._commit_group()
        finally:
            self._committing = None
            if self._open or self._adopted:  # a bug ended it: who came in meanwhile is not to wait for ever
                self._durable()

    async def _gather(self) -> None:
        until = self._loop.time() + GATHER_S
        before, now = -1, self._waiting()
        while now > before and self._loop.time() < until:
            await asyncio.sleep(LULL_S)
            before, now = now, self._waiting()

    def _waiting(self) -> int:
        return sum(map(len, self._open))

    def _close_group(self) -> tuple[GroupEnd, list[OpenPartition], list[Callable[[], bytes]]]:
        """What was left until now; the next event opens another group."""
        group = self._sealed = self._group
        self._group = GroupEnd(loop=self._loop)
        everything = self._open.copy()
        self._open.clear()  # the list itself is the writers' too
        adopted, self._adopted = self._adopted, []
        for writer in self._writers.values():
            writer.left.clear()
        return group, everything, adopted

    async def _commit_group(self) -> None:
        group, everything, adopted = self._close_group()
        self._last_group = sum(map(len, everything))
        try:
            batches = await self._seal(everything)
            if adopted:
                batches += [Adopted(COMMANDS.name, 0, (seal(),)) for seal in adopted]
            await self._thread.run(self._append_of(everything), batches, self.ids.last)
        except NotPrecededError as error:
            _fail(group, error)
            self._give_up(error)
            return
        except LogError as error:
            _fail(group, error)
            return
        except Exception as bug:
            _fail(group, bug)
            raise
        if self._on_commit is not None:
            self._on_commit(*{batch.topic for batch in batches})
        if self._confirm is None:
            group.set_result(None)
        else:
            confirming = self._loop.create_task(self._answer_confirmed(group, self._log.next_offset - 1, self._confirm))
            self._confirming.add(confirming)
            confirming.add_done_callback(self._confirming.discard)

    def _append_of(self, everything: list[OpenPartition]) -> Callable[..., object]:
        """As EdgeLog.append, once what these events need is done."""
        needed = [work for work in self._preceding if not work.topics.isdisjoint(_topics_of(everything))]
        return partial(preceded, needed, self._log.append) if needed else self._log.append

    def _give_up(self, error: NotPrecededError) -> None:
        if not error.work.topics.isdisjoint(_topics_of(self._open)):
            _fail(self._close_group()[0], error)
        error.work.give_up(error)

    @staticmethod
    async def _answer_confirmed(group: GroupEnd, offset: int, confirm: Callable[[int], Awaitable[None]]) -> None:
        await confirm(offset)
        group.set_result(None)

    async def _seal(self, everything: list[OpenPartition]) -> list[Append]:
        """Commands stand behind all else of their group: they may say something of it, as a deletion does. A group that
        is large takes several turns of the loop.
        """
        in_turn = 0
        batches: list[Append] = []
        befores: dict[tuple[str, int], int] = {}
        edge, epoch = self._log.edge, self._log.epoch
        for left in _commands_last(everything):
            topic, partition = where = left.writer.topic.name, left.partition
            portions = batches_of(left)
            before = befores[where] if where in befores else self._log.last_offset(topic, partition)
            first = 0
            for portion in portions:
                offset = self._log.next_offset + len(batches)
                writer, read = left.writer, self._catalog.sequence
                sealed = sealed_batch(writer.header, edge, epoch, offset, before, read, portion, writer.end)
                batches.append(Append(topic, partition, (sealed,)))
                if left.places:
                    left.cut(first, len(portion), edge, epoch, offset)
                before = offset
                first += len(portion)
                in_turn += len(portion)
                if in_turn >= EVENTS_OF_TURN:
                    in_turn = 0
                    await asyncio.sleep(0)
            befores[where] = before
        return batches

    async def close(self) -> None:
        """Commits what is open."""
        if self._committing is not None:
            await self._committing
        self._thread.close()


def _topics_of(everything: list[OpenPartition]) -> set[str]:
    return {left.writer.topic.name for left in everything}


def _commands_last(everything: list[OpenPartition]) -> list[OpenPartition]:
    commands = [left for left in everything if left.writer.topic is COMMANDS]
    return [left for left in everything if left.writer.topic is not COMMANDS] + commands if commands else everything


def _fail(group: GroupEnd, error: Exception) -> None:
    group.set_exception(error)
    group.exception()  # a group of clients that all went away is nobody's to read


def batches_of(events: list[bytes]) -> Iterator[list[bytes]]:
    """The events, cut into batches of at most EVENTS_MAX events and BYTES_MAX bytes (a longer event stands alone)."""
    for first in range(0, len(events), EVENTS_MAX):
        portion = events[first : first + EVENTS_MAX]
        if sum(map(len, portion)) <= BYTES_MAX:
            yield portion
        else:
            yield from portions_by_size(portion, len, BYTES_MAX)
