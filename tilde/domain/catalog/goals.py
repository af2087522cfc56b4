"""Goals of sites: what a visit may come to. They are dated: what a hit came to follows from the goals of its time."""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Annotated

from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.goal_records import FunnelType, Goal, GoalDetails
from tilde.domain.catalog.owned import own_goal, own_site
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.state import Catalog
from tilde.domain.sites.hosts import canonical
from tilde.domain.sites.href import Href
from tilde.domain.texts import is_title

GOALS_MAX = 100  # of a site, where its white label has no limit of its own
GOALS_EVER_MAX = 10_000  # of a site, deleted ones too: each keeps its past, 500 bytes, in every process
GOAL_CHANGES_MAX = 1_000  # of one goal, for the same reason
GOAL_NAME_MAX = 255
GOAL_URL_MAX = 2_000
FUNNEL_MAX = 2_000
_SCHEMES = {"http:", "https:", "telnet:", "ftp:"}


@dataclass(frozen=True, slots=True)
class CreateGoal(Action):
    account: int
    site: int
    details: GoalDetails

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_site(catalog, self.account, self.site)
        require_details(catalog, self.site, None, self.details)
        limit = catalog.reseller(self.account).max_goals
        goals = catalog.goal_names.get(self.site, {})
        require(len(goals) < (GOALS_MAX if limit is None else limit), Refusal.TOO_MANY_GOALS)
        require(len(catalog.goals.get(self.site, ())) < GOALS_EVER_MAX, Refusal.TOO_MANY_GOALS)
        goal = catalog.last_goal + 1
        return Decision((GoalCreated(self.site, goal, self.details),), {"goal": goal})


@dataclass(frozen=True, slots=True)
class ChangeGoal(Action):
    """Says something else of a goal; what is null stays as it is."""

    account: int
    site: int
    goal: int
    name: str | None = None
    url: str | None = None
    funnel_type: FunnelType | None = None
    funnel: str | None = None
    revenue: float | None = None
    cost: float | None = None
    is_manual: bool | None = None
    more_than_once: bool | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        before = own_goal(catalog, self.account, self.site, self.goal)
        details = with_said(before.details, self)
        require_details(catalog, self.site, self.goal, details)
        require(catalog.goals[self.site][self.goal].changes < GOAL_CHANGES_MAX, Refusal.TOO_MANY_CHANGES)
        return Decision((GoalChanged(self.site, self.goal, details),), {"goal": self.goal})


@dataclass(frozen=True, slots=True)
class DeleteGoal(Action):
    account: int
    site: int
    goal: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_goal(catalog, self.account, self.site, self.goal)
        return Decision((GoalDeleted(self.site, self.goal),), {"goal": self.goal})


def require_details(catalog: Catalog, site: int, goal: int | None, details: GoalDetails) -> None:
    """That a goal of the site may be this one; `goal` is the one itself, where it is there. What is wrong
    with it is told in the order of its fields.
    """
    require(0 < len(details.name) <= GOAL_NAME_MAX and is_title(details.name), Refusal.BAD_GOAL_NAME)
    require(catalog.goal_names.get(site, {}).get(details.name) in {None, goal}, Refusal.GOAL_EXISTS)
    require(details.url or details.is_manual, Refusal.NO_GOAL_URL)
    require(not details.url or is_goal_url(details.url), Refusal.BAD_GOAL_URL)
    require(details.funnel_type is FunnelType.NONE or details.funnel, Refusal.NO_FUNNEL)
    require(not details.funnel or is_funnel(details.funnel_type, details.funnel), Refusal.BAD_FUNNEL)
    require(_is_amount(details.revenue), Refusal.BAD_REVENUE)
    require(_is_amount(details.cost), Refusal.BAD_COST)


def is_goal_url(text: str) -> bool:
    """Whether a page may have it: a path of the site, `/thanks?plan=pro`, or a URL with a host, `http://other.com/x`. A
    `*` stands for anything.
    """
    if not _is_line(text, GOAL_URL_MAX) or any(character.isspace() for character in text):
        return False
    if text.startswith("/"):
        return not text.startswith("//")
    href = Href.read(text.replace("*", "x"))
    if href is None or href.user or href.host is None:
        return False
    return href.scheme.lower() in _SCHEMES


def is_funnel(type_: FunnelType, text: str) -> bool:
    """Whether something of this type may be it: a path, the words of a search, or a host name."""
    if not _is_line(text, FUNNEL_MAX):
        return False
    if type_ is FunnelType.PATH:
        return text.startswith("/") and not any(character.isspace() for character in text)
    return type_ is FunnelType.SEARCH or (type_ is FunnelType.DOMAIN and "." in text and canonical(text) is not None)


def _is_line(text: str, length: int) -> bool:
    return len(text) <= length and text.isprintable() and bool(text.strip())


def _is_amount(amount: float | None) -> bool:
    return amount is None or (isfinite(amount) and amount >= 0)


@dataclass(frozen=True, slots=True)
class GoalCreated(Fact):
    site: int
    goal: Annotated[int, "Counted over all sites, and given once."]
    details: GoalDetails

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        goal = Goal(self.goal, self.site, entry.at_ms, self.details)
        dated: Dated[Goal | None] = Dated()
        dated.set(entry.sequence, goal)
        catalog.goals.setdefault(self.site, {})[self.goal] = dated
        catalog.goal_names.setdefault(self.site, {})[self.details.name] = self.goal
        catalog.last_goal = max(catalog.last_goal, self.goal)


@dataclass(frozen=True, slots=True)
class GoalChanged(Fact):
    site: int
    goal: int
    details: GoalDetails

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        dated = catalog.goals[self.site][self.goal]
        before = dated.newest
        assert before is not None, "one that was deleted is not changed"
        names = catalog.goal_names[self.site]
        del names[before.details.name]
        names[self.details.name] = self.goal
        dated.set(entry.sequence, replace(before, details=self.details))


@dataclass(frozen=True, slots=True)
class GoalDeleted(Fact):
    site: int
    goal: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        dated = catalog.goals[self.site][self.goal]
        before = dated.newest
        assert before is not None, "it is deleted once"
        del catalog.goal_names[self.site][before.details.name]
        dated.set(entry.sequence, None)


def without_goals(catalog: Catalog, site: int, entry: Entry) -> None:
    """Ends all goals of a site. What they were stays, for what was posted before."""
    for goal in catalog.goal_names.pop(site, {}).values():
        catalog.goals[site][goal].set(entry.sequence, None)


ACTIONS = (CreateGoal, ChangeGoal, DeleteGoal)
FACTS = (GoalCreated, GoalChanged, GoalDeleted)
