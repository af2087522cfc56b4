"""An edge in a process of its own, whose clients post to two raw topics: `two_topics_worker.py DATA [BOOTSTRAP]`.

Each post is a pair, an event of `stats` and an example with its id, left in one group. Once it is acknowledged its id is
a line of DATA/acknowledged. With a BOOTSTRAP the log is shipped there. The clients stop when there is a DATA/stop.
"""

import asyncio
import random
import sys
from pathlib import Path

from producers.edge.edge_log import EdgeLog
from producers.edge.event_writer import EventWriter
from producers.edge.forwarder import Forwarder
from producers.edge.sealer import Sealer
from testkit.example_topic import EXAMPLES, example_posted, known
from tilde.data_folder import edge_folder
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.identity import EventIds
from tilde.eventlog.kafka import KafkaWriter
from tilde.runtime.clock import SystemClock
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import STATS

CLIENTS = 8
PAUSE_S = 0.02
SEGMENT_BYTES = 100_000
NAME = posted_name(1, 77, "counter", "signups")


class Client:
    """Posts pairs, one after the other."""

    def __init__(self, stats: EventWriter, examples: EventWriter, ids: EventIds, data: Path) -> None:
        self._stats = stats
        self._examples = examples
        self._ids = ids
        self._data = data

    async def run(self) -> None:
        with (self._data / "acknowledged").open("a", buffering=1) as acknowledged:
            while not (self._data / "stop").exists():
                id_ = self._post(SystemClock().now_ms())
                await self._stats.durable()
                acknowledged.write(f"{id_}\n")
                await asyncio.sleep(random.uniform(0, PAUSE_S))

    def _post(self, now_ms: int) -> int:
        id_ = self._ids.next(now_ms)
        self._stats.post(id_ % STATS.partitions, stat_posted(id_, NAME, 1.0, None, long(now_ms)))
        self._examples.post(id_ % EXAMPLES.partitions, example_posted(self._ids.next(now_ms), id_, "noted"))
        return id_


async def main(data: Path, bootstrap: str | None) -> None:
    clock = SystemClock()
    log = EdgeLog(edge_folder(data), clock.now_ms(), SEGMENT_BYTES)
    ids = EventIds(0, log.last_event_id)
    sealer = Sealer(log, ids, Catalog())
    client = Client(sealer.writer(STATS), sealer.writer(EXAMPLES), ids, data)
    working = [client.run() for _ in range(CLIENTS)]
    if bootstrap is not None:
        working.append(Forwarder(edge_folder(data), KafkaWriter(bootstrap), clock).run())
    await asyncio.gather(*working)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with known():
        asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
