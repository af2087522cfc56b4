"""A streams worker that stops itself in the middle of a flush, once its folder has a file `stop`: what it has folded is
on its way, and whoever continues it sends it late. `late_flush_worker.py BOOTSTRAP FOLDER GENERATION [negative-control]`.
"""

import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from run.process.role import run_in
from streams import wiring
from streams.contract import NO_CATALOG
from streams.drivers.kafka import fenced_changelogs, pulse, worker
from streams.drivers.kafka.flushes import KafkaFlushes
from streams.drivers.kafka.holding import Drained
from testkit.transfers import with_transfers
from tilde.eventlog import FencedError, LogError
from tilde.eventlog.kafka_producer import Batch, KafkaProducer
from tilde.runtime.telling import quieten_libraries

FOLDER = Path(sys.argv[2])


class StopsItself(KafkaFlushes):
    """Stops the process behind all that it looks at before it writes, and notes what came of the write."""

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        if not (FOLDER / "stop").exists() or not any(each.state for each in drained):
            await super().send_positions(drained)
            return
        (FOLDER / "stop").rename(FOLDER / "stopped")
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            await super().send_positions(drained)
        except FencedError:
            (FOLDER / "fenced").touch()
            raise
        except LogError:  # a broker that has not begun to undo it answers otherwise, now and then: this process ends
            (FOLDER / "failed").touch()
            raise
        (FOLDER / "sent").touch()


class PlainProducer:
    """What was there before the fence: whoever writes is heard."""

    def __init__(self, bootstrap: str, name: str, batch_bytes_max: int) -> None:
        self._producer = KafkaProducer(bootstrap, batch_bytes_max)

    async def start(self) -> None:
        return

    async def send(self, batches: Sequence[Batch]) -> list[int]:
        return await self._producer.send(batches)

    async def close(self) -> None:
        await self._producer.close()

    finish = close


async def work(bootstrap: str, generation: int) -> None:
    await wiring.run_streams(bootstrap, generation, FOLDER, NO_CATALOG, ours=with_transfers)


def main() -> None:
    bootstrap, _, generation, *control = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    quieten_libraries()
    pulse.STANDSTILL_S_MAX = 1e9  # as where the request was on its way already: the fence has to do without
    with ExitStack() as instead:  # each is refused where no such name is there any more
        instead.enter_context(patch.object(worker, "KafkaFlushes", StopsItself))
        if control:
            instead.enter_context(patch.object(fenced_changelogs, "FencedProducer", PlainProducer))
        run_in(FOLDER, work(bootstrap, int(generation)))


if __name__ == "__main__":
    main()
