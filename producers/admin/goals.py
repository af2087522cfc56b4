"""Goals of sites: commands made from plain words."""

from dataclasses import asdict, dataclass

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.goal_records import FunnelType, GoalDetails
from tilde.domain.catalog.goals import ChangeGoal, CreateGoal, DeleteGoal
from tilde.domain.catalog.said import with_said

_NOTHING = GoalDetails("", "", FunnelType.NONE, "", None, None, is_manual=False, more_than_once=False)


@dataclass(frozen=True, slots=True)
class SaidOfGoal:
    """What somebody says of a goal; None where he says nothing."""

    name: str | None = None
    url: str | None = None
    funnel_type: FunnelType | None = None
    funnel: str | None = None
    revenue: float | None = None
    cost: float | None = None
    is_manual: bool | None = None
    more_than_once: bool | None = None

    def of(self, before: GoalDetails | None) -> GoalDetails:
        """The goal with what was said put in: what was not said is as before, or as in a goal that is new."""
        return with_said(before or _NOTHING, self)


class Goals:
    """The commands about goals. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk) -> None:
        self._desk = desk

    async def create(self, account: int, site: int, said: SaidOfGoal) -> int:
        """Makes a goal, and returns its id."""
        entry = await self._desk.ask(CreateGoal(account, site, said.of(None)))
        return entry.reply["goal"]

    async def change(self, account: int, site: int, goal: int, said: SaidOfGoal) -> None:
        """Says something else of a goal; what is not said stays."""
        await self._desk.ask(ChangeGoal(account, site, goal, **asdict(said)))

    async def delete(self, account: int, site: int, goal: int) -> None:
        """Ends a goal."""
        await self._desk.ask(DeleteGoal(account, site, goal))
