"""A consumer group as a real broker describes it, from nobody to a member that holds a partition, and a broker's end."""

import time

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocol

from testkit.kafka_broker import KafkaBroker
from testkit.kafka_groups import until_state
from tilde.eventlog import LogError
from tilde.eventlog.kafka_group import TIMEOUT_S, Groups, GroupState
from tilde.eventlog.kafka_topics import create_topics
from tilde.schemas.topics import STATS

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

GROUP = "workers"


@pytest.fixture
def broker():
    with KafkaBroker() as running:
        yield running


@pytest.fixture
async def groups(broker):
    groups = Groups(broker.bootstrap)
    yield groups
    await groups.close()


async def make_topic(broker, name):
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    await admin.close()


async def worker(broker, *topics):
    """A member of the group that wants these topics."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=broker.bootstrap, group_id=GROUP)
    await consumer.start()
    return consumer


async def test_a_group_is_held_while_a_member_of_it_holds_a_partition(broker, groups):
    await make_topic(broker, "work")
    await until_state(groups, GROUP, GroupState.NOBODY)

    idle = await worker(broker)
    idle.subscribe(pattern="^nothing-of-that-name$")
    await until_state(groups, GROUP, GroupState.IDLE)
    working = await worker(broker, "work")
    await until_state(groups, GROUP, GroupState.HELD)

    await working.stop()
    await until_state(groups, GROUP, GroupState.IDLE)
    await idle.stop()
    await until_state(groups, GROUP, GroupState.NOBODY)


class LeavesOut(RoundRobinPartitionAssignor):
    """Gives nobody any partition but the first, as a leader that knows no more of a topic."""

    name = "leaves-out"

    @classmethod
    def assign(cls, cluster, members):
        metadata = next(iter(members.values()))
        topics = sorted(metadata.subscription)
        given = [(topic, [0]) for topic in topics]
        return {
            member: ConsumerProtocol.ASSIGNMENT(0, given if nth == 0 else [], b"")
            for nth, member in enumerate(sorted(members))
        }


async def test_a_group_that_leaves_partitions_of_our_topics_to_nobody_holds_them_partly(broker, groups):
    await create_topics(broker.bootstrap)
    consumer = AIOKafkaConsumer(
        STATS.name, bootstrap_servers=broker.bootstrap, group_id=GROUP, partition_assignment_strategy=[LeavesOut]
    )
    await consumer.start()
    await until_state(groups, GROUP, GroupState.PARTLY)

    await consumer.stop()
    working = await worker(broker, STATS.name)
    await until_state(groups, GROUP, GroupState.HELD)
    await working.stop()


async def test_a_broker_that_is_away_is_told_in_time_and_asked_again_when_it_is_back(broker, groups):
    await until_state(groups, GROUP, GroupState.NOBODY)
    broker.pause()
    began_s = time.monotonic()
    with pytest.raises(LogError, match=f"^Kafka at {broker.bootstrap} does not answer$"):
        await groups.state(GROUP)
    took_s = time.monotonic() - began_s
    broker.resume()

    assert took_s < TIMEOUT_S + 0.5
    await until_state(groups, GROUP, GroupState.NOBODY)
    broker.kill()
    with pytest.raises(LogError):
        await groups.state(GROUP)
    broker.restart()
    await until_state(groups, GROUP, GroupState.NOBODY)
