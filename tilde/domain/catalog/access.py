"""Who may see a site, and who may change it. Every site has at least one user who may do both, an admin."""

from dataclasses import dataclass

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.owned import own_site, own_user
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog

SITE_USERS_MAX = 250  # of one site: 150 bytes each, in every process


@dataclass(frozen=True, slots=True)
class GrantAccess(Action):
    """Lets a user see a site; one who sees it already has the level that is said from now on."""

    account: int
    user: int
    site: int
    is_admin: bool

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_user(catalog, self.account, self.user)
        own_site(catalog, self.account, self.site)
        users = catalog.access[self.site]
        require(self.is_admin or not is_last_admin(catalog, self.user, self.site), Refusal.LAST_ADMIN)
        require(self.user in users or len(users) < SITE_USERS_MAX, Refusal.TOO_MANY_SITE_USERS)
        return Decision((AccessGranted(self.user, self.site, self.is_admin),), {"site": self.site})


@dataclass(frozen=True, slots=True)
class RevokeAccess(Action):
    account: int
    user: int
    site: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_user(catalog, self.account, self.user)
        own_site(catalog, self.account, self.site)
        require(self.user in catalog.access[self.site], Refusal.NOT_A_USER_OF_THE_SITE)
        require(not is_last_admin(catalog, self.user, self.site), Refusal.LAST_ADMIN)
        return Decision((AccessRevoked(self.user, self.site),), {"site": self.site})


@dataclass(frozen=True, slots=True)
class MoveSite(Action):
    """Makes a user the only one of a site, and its admin."""

    account: int
    user: int
    site: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_user(catalog, self.account, self.user)
        own_site(catalog, self.account, self.site)
        return Decision((SiteMoved(self.user, self.site),), {"site": self.site})


@dataclass(frozen=True, slots=True)
class AccessGranted(Fact):
    user: int
    site: int
    is_admin: bool

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        with_access(catalog, self.user, self.site, is_admin=self.is_admin)


@dataclass(frozen=True, slots=True)
class AccessRevoked(Fact):
    user: int
    site: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        without_access(catalog, self.user, self.site)


@dataclass(frozen=True, slots=True)
class SiteMoved(Fact):
    user: int
    site: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        for user in list(catalog.access[self.site]):
            without_access(catalog, user, self.site)
        with_access(catalog, self.user, self.site, is_admin=True)


def is_last_admin(catalog: Catalog, user: int, site: int) -> bool:
    """Whether a user is an admin of a site, and there is no other."""
    users = catalog.access[site]
    return users.get(user, False) and sum(users.values()) == 1


def with_access(catalog: Catalog, user: int, site: int, *, is_admin: bool) -> None:
    """Lets a user see a site."""
    catalog.access.setdefault(site, {})[user] = is_admin
    catalog.sites_of_user.setdefault(user, {})[site] = None


def without_access(catalog: Catalog, user: int, site: int) -> None:
    """Has a user see a site no more."""
    del catalog.access[site][user]
    sites = catalog.sites_of_user[user]
    del sites[site]
    if not sites:
        del catalog.sites_of_user[user]


ACTIONS = (GrantAccess, RevokeAccess, MoveSite)
FACTS = (AccessGranted, AccessRevoked, SiteMoved)
