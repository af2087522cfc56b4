"""Builds the loops of all watchers over one ledger: the only module of this stage that names a concrete adapter."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing

import httpx

from tilde.data_folder import heartbeat_path, letters_folder, watchers_path
from tilde.errors import SettingsError
from tilde.eventlog import LogReader
from tilde.keys.addresses import NoAddressError
from tilde.runtime.clock import Clock
from tilde.runtime.telling import tell
from tilde.runtime.unique import require_unique
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.web.addresses import addresses
from watchers.clockwork import Clockwork
from watchers.contract import Commands, Destination, Watcher
from watchers.delivery import CommandDelivery, LetterDelivery
from watchers.folder_destination import FolderDestination
from watchers.heartbeats import Heartbeats
from watchers.ledger import Ledger
from watchers.loop import TopicLoop
from watchers.mail import new_stats, reports
from watchers.mail.accounts import Links
from watchers.mail.addresses import letterhead_of
from watchers.mail.contract import Carrier, Write
from watchers.mail.destination import MailDestination
from watchers.mail.dry_report import DryReport
from watchers.mail.folder_carrier import FolderCarrier
from watchers.mail.letter import Letterhead
from watchers.mail.new_stats_letter import NewStatsLetter
from watchers.mail.report_letter import ReportLetter
from watchers.mail.smtp_carrier import SmtpCarrier, SmtpServer
from watchers.outbox import Outbox
from watchers.parts import CatalogCopy, Parts
from watchers.queried_tables import QueriedTables


def parts_over(settings: Settings, catalog: CatalogCopy, api: httpx.AsyncClient) -> Parts:
    """What watchers and destinations are made with, over a client of the query API. Raises KeyFileError."""
    keyring = open_keyring(settings)
    keyring.require_ours(catalog.catalog)
    return Parts(settings, catalog, QueriedTables(api, open_operator_token(settings)), keyring)


def destinations(parts: Parts, clock: Clock) -> list[Destination]:
    """Where the letters of this release go. Raises SettingsError."""
    letterhead = our_letterhead(parts.settings)
    carrier = _carrier(parts.settings, letterhead)
    return [MailDestination(mail_writers(parts, clock), carrier, letterhead, parts.keyring, clock)]


def mail_writers(parts: Parts, clock: Clock) -> Mapping[str, Write]:
    """Who writes the letters that watchers ask for, by their kind."""
    links = Links(_home(parts.settings), parts.keyring)
    return {
        new_stats.KIND: NewStatsLetter(parts.catalog, links, clock).write,
        reports.KIND: ReportLetter(parts.catalog, parts.tables, links).write,
    }


def _home(settings: Settings) -> str:
    return (settings.public_url or addresses(settings)[-1].own_url).rstrip("/")


def dry_report(parts: Parts, clock: Clock) -> DryReport:
    """What writes reports that are not sent. Raises SettingsError."""
    return DryReport(parts, Links(_home(parts.settings), parts.keyring), our_letterhead(parts.settings), clock)


def our_letterhead(settings: Settings) -> Letterhead:
    """Whom mail is from. Raises SettingsError."""
    try:
        return letterhead_of(settings.mail_sender)
    except NoAddressError as error:
        raise SettingsError(f"TILDE_MAIL_FROM is {settings.mail_sender!r}: {error}") from None


def _carrier(settings: Settings, letterhead: Letterhead) -> Carrier:
    if settings.smtp is None:
        return FolderCarrier(FolderDestination("mail", letters_folder(settings.data), ".eml"))
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return SmtpCarrier(SmtpServer.of(settings.smtp), letterhead.address, context, letterhead.host)


async def run_watchers(
    parts: Parts,
    log: LogReader,
    commands: Commands,
    watchers: Sequence[Watcher],
    clock: Clock,
) -> None:
    """Runs until cancelled, or until one of its parts fails. One process a folder."""
    require_unique("watchers", (watcher.name for watcher in watchers))
    with closing(Ledger(watchers_path(parts.settings.data))) as ledger:
        outbox = Outbox(ledger)
        ours = destinations(parts, clock)
        require_unique("destinations", (destination.name for destination in ours))
        _tell_of_letters_for_nobody(outbox, ours)
        letters = [LetterDelivery(outbox, each, clock) for each in ours]
        deliveries: list[CommandDelivery | LetterDelivery] = [CommandDelivery(outbox, commands, clock), *letters]
        heartbeats = Heartbeats(heartbeat_path(parts.settings.data, "watchers"), outbox, letters, clock)

        def wake() -> None:
            for delivery in deliveries:
                delivery.wake()

        loop = TopicLoop(log, ledger, watchers, clock, wake, parts.settings.poison_run_max)
        clockworks = [
            Clockwork(each, each.occasions, ledger, clock, wake) for each in watchers if each.occasions is not None
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(loop.run())
            for part in (*deliveries, *clockworks, heartbeats):
                tasks.create_task(part.run())


def _tell_of_letters_for_nobody(outbox: Outbox, ours: Sequence[Destination]) -> None:
    known = {destination.name for destination in ours}
    for name, count in outbox.waiting().items():
        if name not in known:
            tell("watchers", f"{count} letters wait for {name}, which this release does not have")
