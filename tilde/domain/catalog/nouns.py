"""Everything that can be asked of the catalog, and everything that can have happened in it, noun by noun."""

from tilde.domain.catalog import (
    access,
    account_switches,
    accounts,
    edges,
    erasures,
    generations,
    goals,
    products,
    reports,
    resellers,
    sites,
    stat_settings,
    stats,
    subaccounts,
    users,
)
from tilde.domain.catalog.entries import Action, Fact

ACTIONS: tuple[type[Action], ...] = (
    *edges.ACTIONS,
    *accounts.ACTIONS,
    *account_switches.ACTIONS,
    *stats.ACTIONS,
    *generations.ACTIONS,
    *products.ACTIONS,
    *reports.ACTIONS,
    *stat_settings.ACTIONS,
    *subaccounts.ACTIONS,
    *resellers.ACTIONS,
    *users.ACTIONS,
    *sites.ACTIONS,
    *access.ACTIONS,
    *goals.ACTIONS,
    *erasures.ACTIONS,
)
FACTS: tuple[type[Fact], ...] = (
    *edges.FACTS,
    *accounts.FACTS,
    *account_switches.FACTS,
    *stats.FACTS,
    *generations.FACTS,
    *products.FACTS,
    *reports.FACTS,
    *stat_settings.FACTS,
    *subaccounts.FACTS,
    *resellers.FACTS,
    *users.FACTS,
    *sites.FACTS,
    *access.FACTS,
    *goals.FACTS,
    *erasures.FACTS,
)
KEY_FACTS = tuple(fact for fact in FACTS if fact.CHANGES_KEYS)
NAME_FACTS = tuple(fact for fact in FACTS if fact.CHANGES_NAMES)
