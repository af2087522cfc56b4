"""What a consumer group on Kafka is doing, as the broker has it: whether anybody is in it, and holds partitions."""

import asyncio
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.errors import BrokerResponseError, KafkaError, RequestTimedOutError, for_code

from tilde.eventlog.port import LogError
from tilde.runtime.clock import Clock
from tilde.schemas.topics import TOPICS

TIMEOUT_S = 1.0  # the edge waits 2 s for all that the query API says of itself
KEPT_S = 3.0
RETRY_MS = 100


class GroupState(Enum):
    """What a group is doing; the value says what is wrong with that."""

    HELD = None
    NOBODY = "no worker runs"
    SHARING = "the workers are sharing out the partitions"
    IDLE = "no worker holds the partitions"
    PARTLY = "no worker holds some of the partitions"

    @property
    def trouble(self) -> str | None:
        """Why the group does not work; None where it does."""
        words: str | None = self.value
        return words


class Groups:
    """Asks about groups, over connections that stay open; made anew after a failure. For one task at a time."""

    def __init__(self, bootstrap: str, timeout_s: float = TIMEOUT_S) -> None:
        self._bootstrap = bootstrap
        self._timeout_s = timeout_s
        self._admin: AIOKafkaAdminClient | None = None

    async def state(self, group: str) -> GroupState:
        """What the group is doing; NOBODY where there is no such group. Raises LogError, in time."""
        try:
            async with asyncio.timeout(self._timeout_s):
                admin = await self._started()
                (answer,) = await admin.describe_consumer_groups([group])
            return _state(answer.groups[0])
        except (KafkaError, OSError, TimeoutError) as cause:
            await self.close()
            raise LogError(f"Kafka at {self._bootstrap} {_what_it_does(cause, group)}") from cause

    async def _started(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(
                bootstrap_servers=self._bootstrap,
                request_timeout_ms=int(self._timeout_s * 1000),
                retry_backoff_ms=RETRY_MS,
            )
        await self._admin.start()  # does nothing the second time
        return self._admin

    async def close(self) -> None:
        """Closes the connections; the next question opens them again."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()


def _what_it_does(cause: Exception, group: str) -> str:
    """Why there is no answer about a group, in words."""
    if isinstance(cause, BrokerResponseError) and not isinstance(cause, RequestTimedOutError):  # this one is no answer
        return f"does not say who is in {group}: {cause.message}"
    return "does not answer"


def _state(described: tuple[Any, ...]) -> GroupState:
    error, _, state, _, _, members, *_ = described
    if error:
        raise for_code(error)
    if not members:
        return GroupState.NOBODY
    if state != "Stable":
        return GroupState.SHARING
    held = {place for *_, assignment in members for place in _assigned(assignment)}
    if not held:
        return GroupState.IDLE
    asked_for = {place for *_, metadata, _ in members for place in _asked_for(metadata)}
    return GroupState.HELD if asked_for <= held else GroupState.PARTLY


def _assigned(assignment: bytes) -> Iterable[TopicPartition]:
    return ConsumerProtocol.ASSIGNMENT.decode(assignment).partitions() if assignment else ()


def _asked_for(metadata: bytes) -> Iterable[TopicPartition]:
    """All partitions of our topics that a member has subscribed to; of others it is not known how many there are."""
    topics = ConsumerProtocol.METADATA.decode(metadata).subscription if metadata else ()
    return (
        TopicPartition(topic, partition)
        for topic in topics
        if topic in TOPICS
        for partition in range(TOPICS[topic].partitions)
    )


class GroupLook:
    """Whether a group works, for whoever asks often: the broker is asked every KEPT_S at most, once for all who wait.

    `group` says which one, at every look anew.
    """

    def __init__(self, groups: Groups, group: Callable[[], str], clock: Clock) -> None:
        self._groups = groups
        self._group = group
        self._clock = clock
        self._looking = asyncio.Lock()
        self._found: str | None = None
        self._kept_until_s = 0.0

    async def trouble(self) -> str | None:
        """Why the group does not work; None where it does. A few seconds old at most, and there in TIMEOUT_S."""
        async with self._looking:
            if self._clock.monotonic_s() >= self._kept_until_s:
                self._found = await self._look()
                self._kept_until_s = self._clock.monotonic_s() + KEPT_S
            return self._found

    async def _look(self) -> str | None:
        try:
            return (await self._groups.state(self._group())).trouble
        except LogError as error:
            return str(error)

    async def close(self) -> None:
        """Closes the connections."""
        await self._groups.close()
