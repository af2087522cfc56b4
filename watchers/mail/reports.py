"""Says, each morning of an account, that the report of the day before is to be written. A day that nothing ran on is
made up, once.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.catalog.switches import Switch
from tilde.schemas.topics import Topic
from watchers.contract import Effect, Memory, Message, Occasion
from watchers.mail.contract import ask_for_letter
from watchers.mail.schedule import Schedule
from watchers.occasions import Every, Occasions
from watchers.parts import CatalogCopy, Parts

KIND = "report"
MADE_UP_MAX = 7  # days, the newest
_DAY = timedelta(days=1)


class DueReport(NamedTuple):
    """The newest day whose report has come, for one account. `is_wanted`: whether the account wants reports."""

    account: int
    day: date
    is_wanted: bool


class Reports:
    """Remembers of each account the last day that it has looked at. It looks every quarter of an hour: at one
    of them it is a full hour, in any zone that there is.
    """

    name = "reports"
    topics: tuple[Topic, ...] = ()
    learns = False
    occasions: Occasions | None = Every(15)

    def __init__(self, parts: Parts) -> None:
        self._catalog: CatalogCopy = parts.catalog

    async def read(self, at_ms: int) -> Sequence[DueReport]:
        """What the report of a day needs of all accounts, those that want none, too: so that nothing is made up once
        one does.
        """
        await self._catalog.read_to_end()
        return list(_due(self._catalog.catalog, at_ms))

    def look(self, at: Message | Occasion, memory: Memory) -> Sequence[Effect]:
        assert isinstance(at, Occasion)
        return [letter for due in at.found for letter in _letters(due, memory)]


def _due(catalog: Catalog, at_ms: int) -> Iterator[DueReport]:
    for account in catalog.accounts.values():
        if not account.is_closed:
            yield DueReport(account.id, Schedule.of(account, catalog).due_day(at_ms), _wants(account))


def _wants(account: Account) -> bool:
    return KeyKind.EMAIL in account.keys and account.is_on(Switch.MAIL)


def _letters(due: DueReport, memory: Memory) -> list[Effect]:
    """One a day since the last; of an account that is new, from the next day on. A zone or a clock that was set back
    repeats none.
    """
    key = f"day/{due.account}"
    known: Any = memory.get(key)
    last = due.day if known is None else date.fromisoformat(known)
    if known is None or due.day > last:
        memory.put(key, due.day.isoformat())
    if not due.is_wanted:
        return []
    days = min((due.day - last).days, MADE_UP_MAX)
    missed = [due.day - _DAY * back for back in reversed(range(max(days, 0)))]
    return [ask_for_letter(KIND, account=due.account, day=day.isoformat()) for day in missed]
