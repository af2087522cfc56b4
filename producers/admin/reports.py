"""The commands about reports, made from plain words."""

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.reports import ScheduleReport


class Reports:
    """The commands. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk) -> None:
        self._desk = desk

    async def schedule(self, account: int, hour: int) -> None:
        """Says at which hour an account's reports come, by its first product's time zone; -1: as those of all."""
        await self._desk.ask(ScheduleReport(account, hour))
