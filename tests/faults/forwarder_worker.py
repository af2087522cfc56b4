"""A forwarder in a process of its own, for the fault tests: `forwarder_worker.py BOOTSTRAP FOLDER`."""

import asyncio
import sys
from pathlib import Path

from producers.edge.forwarder import Forwarder
from tilde.eventlog.kafka import KafkaWriter
from tilde.runtime.clock import SystemClock


async def main() -> None:
    bootstrap, folder = sys.argv[1:]
    await Forwarder(Path(folder), KafkaWriter(bootstrap), SystemClock()).run()


if __name__ == "__main__":
    asyncio.run(main())
