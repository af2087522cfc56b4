"""The reports of a day as they would be sent, and are not."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from tilde.domain.catalog.state import Account
from tilde.errors import TildeError
from tilde.keys.links import ADDRESS_BYTES, SilenceLink
from tilde.runtime.clock import Clock
from watchers.mail.accounts import Links, Recipient
from watchers.mail.letter import Letterhead, message_of
from watchers.mail.report_letter import ReportLetter
from watchers.mail.schedule import Schedule
from watchers.parts import Parts

NOBODY = "nobody@localhost"


class DryMessage(NamedTuple):
    """A message that is not sent; None where there is none, since nothing was counted, or nothing is to be told of.
    `id` is the account's, since the beginnings of two names may be the same.
    """

    id: int
    account: str
    day: date
    message: bytes | None


class DryReport:
    """Writes the reports that owners of accounts would get. Where an account has no address, its report is written to
    nobody.
    """

    def __init__(self, parts: Parts, links: Links, letterhead: Letterhead, clock: Clock) -> None:
        self._catalog = parts.catalog
        self._letter = ReportLetter(parts.catalog, parts.tables, links)
        self._links = links
        self._letterhead = letterhead
        self._clock = clock

    async def messages(self, account: str | None, day: date | None) -> list[DryMessage]:
        """The reports of a day as messages, of one account or of all; without a day of the newest that has come. Raises
        StoreError, TildeError for an account that there is not, and for a day that has not come.
        """
        return [await self._message(each, day) for each in self._wanted(account)]

    def _wanted(self, account: str | None) -> Sequence[Account]:
        catalog = self._catalog.catalog
        if account is None:
            return list(catalog.accounts.values())
        if account not in catalog.names:
            raise TildeError(f"no account is named {account!r}")
        return [catalog.accounts[catalog.names[account]]]

    async def _message(self, account: Account, day: date | None) -> DryMessage:
        now_ms = self._clock.now_ms()
        schedule = Schedule.of(account, self._catalog.catalog)
        its_day = day or schedule.due_day(now_ms)
        if its_day > schedule.today(now_ms):
            raise TildeError(f"{its_day} has not come yet: it is {schedule.today(now_ms)} where {account.name} is")
        letter = await self._letter.of(account, its_day, self._recipient(account))
        if letter is None:
            return DryMessage(account.id, account.name, its_day, None)
        message = message_of(letter, f"dry.{account.id}.{its_day}", self._letterhead, now_ms)
        return DryMessage(account.id, account.name, its_day, message.as_bytes())

    def _recipient(self, account: Account) -> Recipient:
        silence = SilenceLink(account.id, bytes(ADDRESS_BYTES))
        return self._links.recipient(account) or Recipient(NOBODY, self._links.url(silence))
