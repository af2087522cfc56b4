"""Builds the loops of all watchers over one ledger: the only module of this stage that names a concrete adapter."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tilde.data_folder import letters_folder, watchers_path
from tilde.eventlog import LogReader
from tilde.runtime.clock import Clock
from tilde.runtime.telling import tell
from tilde.runtime.unique import require_unique
from tilde.schemas.dead_letters import POISON_RUN_MAX
from watchers.clockwork import Clockwork
from watchers.contract import Commands, Destination, Watcher
from watchers.delivery import CommandDelivery, LetterDelivery
from watchers.folder_destination import FolderDestination
from watchers.ledger import Ledger
from watchers.loop import TopicLoop
from watchers.outbox import Outbox


def destinations(data: Path) -> list[Destination]:
    """Where the letters of this release go."""
    return [FolderDestination("mail", letters_folder(data), ".eml")]


async def run_watchers(
    data: Path,
    log: LogReader,
    commands: Commands,
    watchers: Sequence[Watcher],
    clock: Clock,
    poison_run_max: int = POISON_RUN_MAX,
) -> None:
    """Runs until cancelled, or until one of its parts fails. One process a folder."""
    require_unique("watchers", (watcher.name for watcher in watchers))
    with closing(Ledger(watchers_path(data))) as ledger:
        outbox = Outbox(ledger)
        ours = destinations(data)
        require_unique("destinations", (destination.name for destination in ours))
        _tell_of_letters_for_nobody(outbox, ours)
        deliveries: list[CommandDelivery | LetterDelivery] = [CommandDelivery(outbox, commands, clock)]
        deliveries += [LetterDelivery(outbox, each, clock) for each in ours]

        def wake() -> None:
            for delivery in deliveries:
                delivery.wake()

        loop = TopicLoop(log, ledger, watchers, clock, wake, poison_run_max)
        clockworks = [
            Clockwork(each, each.occasions, ledger, clock, wake) for each in watchers if each.occasions is not None
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loop.run())
            for part in (*deliveries, *clockworks):
                tasks.create_task(part.run())


def _tell_of_letters_for_nobody(outbox: Outbox, ours: Sequence[Destination]) -> None:
    known = {destination.name for destination in ours}
    for name, count in outbox.waiting().items():
        if name not in known:
            tell("watchers", f"{count} letters wait for {name}, which this release does not have")
