"""Requests about goals."""

import re

from producers.admin.goals import Goals, SaidOfGoal
from producers.clicky.whitelabel.errors import Error, Nok, error_of_refusal
from producers.clicky.whitelabel.found import Found
from producers.clicky.whitelabel.requests import Call
from tilde.domain.catalog.entries import Refused
from tilde.domain.catalog.goal_records import FunnelType, Goal
from tilde.domain.catalog.goals import require_details
from tilde.domain.catalog.site_records import Site
from tilde.domain.catalog.state import Catalog

_AMOUNT = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_FUNNELS = {type_.value: type_ for type_ in FunnelType if type_ is not FunnelType.NONE}
_ORDER = (
    *(Error.NO_GOAL_NAME, Error.GOAL_NAME_TAKEN, Error.NO_GOAL_URL, Error.INVALID_GOAL_URL, Error.INVALID_FUNNEL_TYPE),
    *(Error.INVALID_FUNNEL, Error.NO_FUNNEL, Error.INVALID_REVENUE, Error.INVALID_COST, Error.DATABASE_ERROR),
)
"""That of the parameters in the documentation: the first one that is wrong is told."""


class GoalCalls:
    """The calls about goals. Each returns the lines behind `OK`, and raises what `Carry` may."""

    def __init__(self, goals: Goals, found: Found, catalog: Catalog) -> None:
        self._goals = goals
        self._found = found
        self._catalog = catalog

    async def goal(self, call: Call) -> list[str]:
        """Creates a goal; with `goal[id]` changes or deletes one."""
        account, sent = call.account.id, call.sent
        site = await self._found.site(call)
        if sent.get("goal[id]") is None and not sent.is_set("delete"):
            return [str(await self._goals.create(account, site.id, self._said(call, site, None)))]
        goal = await self._found.goal(call, site)
        if sent.is_set("delete"):
            await self._goals.delete(account, site.id, goal.id)
        else:
            await self._goals.change(account, site.id, goal.id, self._said(call, site, goal))
        return []

    def _said(self, call: Call, site: Site, goal: Goal | None) -> SaidOfGoal:
        """Raises Nok for the first parameter that is wrong."""
        said, unreadable = _read(call)
        errors = [*unreadable]
        try:
            details = said.of(None if goal is None else goal.details)
            require_details(self._catalog, site.id, None if goal is None else goal.id, details)
        except Refused as refused:
            errors.append(error_of_refusal(refused.refusal))
        if errors:
            raise Nok(min(errors, key=_ORDER.index))
        return said


def _read(call: Call) -> tuple[SaidOfGoal, list[Error]]:
    """What is said of a goal, and what of it cannot be read."""
    sent = call.sent
    said = {name: sent.get(f"goal[{name}]") for name in ("funnel_type", "funnel", "revenue", "cost")}
    amounts = {name: _amount(said[name]) for name in ("revenue", "cost")}
    wrong = {
        Error.INVALID_FUNNEL_TYPE: said["funnel_type"] is not None and said["funnel_type"] not in _FUNNELS,
        Error.INVALID_FUNNEL: said["funnel"] is None and "goal[funnel]" in sent.blank,
        Error.INVALID_REVENUE: said["revenue"] is not None and amounts["revenue"] is None,
        Error.INVALID_COST: said["cost"] is not None and amounts["cost"] is None,
    }
    goal = SaidOfGoal(
        sent.get("goal[name]"),
        sent.get("goal[url]"),
        _FUNNELS.get(said["funnel_type"] or ""),
        said["funnel"],
        amounts["revenue"],
        amounts["cost"],
        sent.flag("goal[manual]"),
        sent.flag("goal[more_than_once]"),
    )
    return goal, [error for error, is_wrong in wrong.items() if is_wrong]


def _amount(text: str | None) -> float | None:
    return float(text) if text is not None and _AMOUNT.fullmatch(text) else None
