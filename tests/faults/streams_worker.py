"""A streams worker for the fault tests, with a processor that remembers: `streams_worker.py BOOTSTRAP FOLDER
[negative-control]`.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from run.parts.role import run_in
from streams import wiring
from streams.drivers.outbox import Drained, Outbox, OutputPartition
from testkit.counting import with_counting
from tilde.runtime.telling import quieten_libraries


class PositionsFirst(Outbox):
    """What stock Faust does: a flush's position is durable while its outputs still wait to be sent with the next."""

    held_back: Sequence[Drained] = ()

    async def send_outputs(self, drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        late, self.held_back = self.held_back, drained
        return await super().send_outputs(late)


def main() -> None:
    bootstrap, folder, *control = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    quieten_libraries()
    if control:
        wiring.Outbox = PositionsFirst
    run_in(Path(folder), wiring.run_streams(bootstrap, 1, Path(folder), ours=with_counting))


if __name__ == "__main__":
    main()
