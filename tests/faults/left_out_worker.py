"""A streams worker that knows half of the partitions when it shares them out for the first time, as Faust's leader does
right after a broker's restart. `left_out_worker.py BOOTSTRAP FOLDER GENERATION`.
"""

import logging
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from faust.assignor.partition_assignor import PartitionAssignor

from run.process.role import run_in
from streams import wiring
from streams.contract import NO_CATALOG
from streams.drivers.kafka import worker
from testkit.transfers import with_transfers
from tilde.runtime.telling import quieten_libraries

FOLDER = Path(sys.argv[2])
LOOK_S = 2.0

groups_of = PartitionAssignor._get_copartitioned_groups


def half_of_them(topics: set[str], cluster: Any, subscriptions: Any) -> Any:
    """The groups of topics by how many partitions they have; half as many, the first time."""
    known = groups_of(topics, cluster, subscriptions)
    if (FOLDER / "left out").exists():
        return known
    (FOLDER / "left out").touch()
    return {partitions // 2 or partitions: groups for partitions, groups in known.items()}


async def work(bootstrap: str, generation: int) -> None:
    await wiring.run_streams(bootstrap, generation, FOLDER, NO_CATALOG, ours=with_transfers)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    quieten_libraries()
    with ExitStack() as instead:
        instead.enter_context(patch.object(worker, "IDLE_S_MAX", LOOK_S))
        instead.enter_context(patch.object(PartitionAssignor, "_get_copartitioned_groups", staticmethod(half_of_them)))
        run_in(FOLDER, work(sys.argv[1], int(sys.argv[3])))


if __name__ == "__main__":
    main()
