"""A streams worker for the fault tests, with a processor that remembers and one that looks labels up, as of each batch of
the test kit's topic: `streams_worker.py BOOTSTRAP FOLDER [negative-control]`.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from run.process.role import run_in
from streams import wiring
from streams.drivers.kafka import worker
from streams.drivers.kafka.flushes import KafkaFlushes
from streams.drivers.kafka.holding import Drained, OutputPartition
from testkit import example_topic, labels
from testkit.labels import with_labelling
from tilde.catalog.follower import CatalogFollower
from tilde.eventlog.kafka import KafkaLog
from tilde.runtime.tasks import beside
from tilde.runtime.telling import quieten_libraries


class PositionsFirst(KafkaFlushes):
    """What stock Faust does: a flush's position is durable while its outputs still wait to be sent with the next."""

    held_back: Sequence[Drained] = ()

    async def send_outputs(self, drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        late, self.held_back = self.held_back, drained
        return await super().send_outputs(late)


async def work(bootstrap: str, folder: Path) -> None:
    """The worker, and its copy of the catalog, which it begins to read with the first message."""
    follower = CatalogFollower(KafkaLog(bootstrap))
    following = asyncio.create_task(follower.run())
    await beside([following], wiring.run_streams(bootstrap, 1, folder, follower, ours=with_labelling))


def main() -> None:
    bootstrap, folder, *control = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    quieten_libraries()
    # Refused where no such name is there any more.
    instead = patch.object(worker, "KafkaFlushes", PositionsFirst) if control else nullcontext()
    with instead, example_topic.known(), labels.known():
        run_in(Path(folder), work(bootstrap, Path(folder)))


if __name__ == "__main__":
    main()
