"""Faust's leader shares out those partitions that it knows of, and right after a broker's restart it may not know all: the
others are held by nobody, in a group that is stable. A worker that holds some ends then, and all are shared out.
"""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from streams.drivers.kafka.names import app_id, changelogs
from testkit.chaos import Restarted
from testkit.kafka_broker import KafkaBroker
from testkit.transfers import with_transfers
from testkit.waiting import until_it_holds, until_told
from tilde.eventlog import LogError
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


async def state(groups: Groups) -> GroupState | None:
    """What the workers are doing; None while the broker cannot be asked."""
    try:
        return await groups.state(app_id(GENERATION))
    except LogError:
        return None


async def test_partitions_that_were_left_to_nobody_are_shared_out(broker: KafkaBroker, tmp_path: Path) -> None:
    """That the group holds them partly is told meanwhile."""
    await create_topics(broker.bootstrap, GENERATION, changelogs(GENERATION, with_transfers()))
    folder, log = tmp_path / "worker", tmp_path / "log"
    folder.mkdir()
    command = [sys.executable, str(WORKER), broker.bootstrap, str(folder), str(GENERATION)]
    worker, groups = Restarted(command, log), Groups(broker.bootstrap)
    try:
        await until_told(partial(state, groups), lambda told: told is GroupState.PARTLY)
        await until_it_holds(lambda: worker.starts > 1)
        await until_told(partial(state, groups), lambda told: told is GroupState.HELD)
    finally:
        await worker.end()
        await groups.close()

    assert "nobody holds some partitions" in log.read_text()
