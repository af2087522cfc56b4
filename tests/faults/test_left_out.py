"""Faust's leader shares out those partitions that it knows of, and right after a broker's restart it may not know all: the
others are held by nobody, in a group that is stable. A worker that holds some ends then, and all are shared out.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.drivers.kafka.names import app_id, changelogs
from testkit.chaos import Restarted
from testkit.kafka_broker import KafkaBroker
from testkit.kafka_groups import until_state
from testkit.transfers import with_transfers
from testkit.waiting import until_it_holds
from tilde.eventlog.kafka_group import Groups, GroupState
from tilde.eventlog.kafka_topics import create_topics

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run"),
]

WORKER = Path(__file__).with_name("left_out_worker.py")
GENERATION = 1


@pytest.fixture
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker() as broker:
        yield broker


async def test_partitions_that_were_left_to_nobody_are_shared_out(broker: KafkaBroker, tmp_path: Path) -> None:
    """That the group holds them partly is told meanwhile."""
    await create_topics(broker.bootstrap, GENERATION, changelogs(GENERATION, with_transfers()))
    folder, log = tmp_path / "worker", tmp_path / "log"
    folder.mkdir()
    command = [sys.executable, str(WORKER), broker.bootstrap, str(folder), str(GENERATION)]
    worker, groups, group = Restarted(command, log), Groups(broker.bootstrap), app_id(GENERATION)
    try:
        await until_state(groups, group, GroupState.PARTLY)
        await until_it_holds(lambda: worker.starts > 1)
        await until_state(groups, group, GroupState.HELD)
    finally:
        await worker.end()
        await groups.close()

    assert "nobody holds some partitions" in log.read_text()
