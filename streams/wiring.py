"""Opens the processors of a data folder, and runs a worker on Kafka: the only module of this stage, but the drivers,
that names a concrete adapter.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from streams.contract import AsOf, Processor
from streams.decider import Decider
from streams.drivers.embedded_driver import EmbeddedDriver
from streams.topology import processors
from tilde.eventlog import LogReader, LogWriter
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import Clock, SystemClock
from tilde.runtime.garbage import collect_rarely
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.schemas.topics import DERIVED

STOP_S_MAX = 6.0  # for the last flush and a word to the group; then the process ends all the same, which loses nothing


def open_embedded(
    data: Path,
    generation: int,
    outputs: LogFile,
    stack: AsyncExitStack,
    *,
    as_of: AsOf,
    bell: Bell,
    clock: Clock,
    sunk: Callable[[], Mapping[tuple[str, int], int]],
    poison_run_max: int = POISON_RUN_MAX,
) -> EmbeddedDriver:
    """The driver of a generation's processors over the log of a data folder: the only writer of `outputs`, which stays
    open until `stack` has closed what is opened here. `sunk` is as EmbeddedDriver has it.
    """
    folding = processors(as_of)
    source = SqliteLog(data, generation, bell, sorted({each.source.name for each in folding}))
    stack.push_async_callback(source.close)
    return EmbeddedDriver(
        source,
        outputs,
        folding,
        clock,
        on_flush=partial(bell.ring, *(topic.name for topic in DERIVED)),
        sunk=sunk,
        poison_run_max=poison_run_max,
        appended=source.appended,
    )


async def run_streams(
    bootstrap: str,
    generation: int,
    data_dir: Path,
    as_of: AsOf,
    poison_run_max: int = POISON_RUN_MAX,
    ours: Callable[[AsOf], list[Processor]] = processors,
) -> None:
    """Runs the processors, and the decider where this worker is elected, until cancelled. Processors look things up in
    `as_of`, which somebody else keeps up to date.

    Ends the process (status 1, after logging why) on whatever cannot be passed over; a supervisor starts it again. The
    topics must exist (`tilde migrate`). Best under uvloop.
    """
    from streams.drivers.kafka.worker import Worker  # noqa: PLC0415 - `tilde up` has none

    collect_rarely()
    clock = SystemClock()

    async def decide(log: LogReader, writer: LogWriter) -> None:
        await Decider(log, writer, clock).run()

    worker = Worker(
        bootstrap,
        generation,
        data_dir,
        folding=ours(as_of),
        decide=decide,
        clock=clock,
        poison_run_max=poison_run_max,
    )
    worker.start()
    try:
        await asyncio.Event().wait()
    finally:
        # Faust does not end by itself while the broker is away.
        asyncio.get_running_loop().call_later(STOP_S_MAX, os._exit, 0)
        await worker.stop()
