"""`tilde report --dry-run`: the report of a day as a file, over the tables of the Tilde that runs."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

from run.process.printing import print_lines
from run.process.query_client import open_query_client
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import letters_folder
from tilde.errors import TildeError
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings
from tilde.store import StoreError
from watchers.folder_destination import FolderDestination
from watchers.mail.dry_report import DryMessage
from watchers.wiring import dry_report, parts_over


def report(settings: Settings, account: str | None, day: date | None) -> None:
    """Writes one file an account that gets a report of the day, and says which. Raises TildeError."""
    asyncio.run(_write(settings, account, day))


async def _write(settings: Settings, account: str | None, day: date | None) -> None:
    folder = letters_folder(settings.data)
    destination = FolderDestination("report", folder, ".eml")
    for each in await _reports(settings, account, day):
        if each.message is None:
            print_lines(
                f"{each.account}: no report of {each.day}: nothing came in the week before, or no stat is in it"
                " (tilde stat set ID --report)"
            )
        else:
            # An account's name may be longer than a file's, and begin with a dot.
            name = f"report-{each.id}-{each.account[:40]}-{each.day}"
            await destination.deliver(name, each.message)
            print_lines(f"{each.account}: {Path(folder, name)}.eml")


async def _reports(settings: Settings, account: str | None, day: date | None) -> list[DryMessage]:
    async with AsyncExitStack() as stack:
        log = SqliteLog(settings.data) if settings.is_embedded else KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        follower = CatalogFollower(log)
        await follower.read_to_end()
        api = await stack.enter_async_context(open_query_client(settings))
        try:
            writer = dry_report(parts_over(settings, follower, api), SystemClock())
            return await writer.messages(account, day)
        except StoreError as error:
            raise TildeError(f"the tables cannot be read; does Tilde run here? {error}") from None
