"""Whose an account, a user, a site or a goal is: a command about somebody else's is refused as about none."""

from tilde.domain.catalog.entries import require
from tilde.domain.catalog.goal_records import Goal
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.site_records import Site
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.user_records import User


def own_reseller(catalog: Catalog, account: int) -> Reseller:
    """The settings of an account that is there, and open."""
    require(account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
    require(not catalog.accounts[account].is_closed, Refusal.UNKNOWN_ACCOUNT)
    return catalog.reseller(account)


def own_user(catalog: Catalog, account: int, user: int) -> User:
    """A user of this account's."""
    found = catalog.users.get(user)
    require(found is not None and found.account == account, Refusal.UNKNOWN_USER)
    assert found is not None
    return found


def own_site(catalog: Catalog, account: int, site: int) -> Site:
    """A site of this account's."""
    found = catalog.site(site)
    require(found is not None and found.account == account, Refusal.UNKNOWN_SITE)
    assert found is not None
    return found


def own_goal(catalog: Catalog, account: int, site: int, goal: int) -> Goal:
    """A goal of a site of this account's."""
    own_site(catalog, account, site)
    found = catalog.goal(site, goal)
    require(found is not None, Refusal.UNKNOWN_GOAL)
    assert found is not None
    return found
