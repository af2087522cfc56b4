"""Users of white labels. Their names are unique ignoring case over all white labels.

A name, an e-mail address and a real name are a person's, so they stand here sealed, and are found by keyed hashes: that
of a name is the same whichever case it is written in, that of an address one of its white label alone.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from tilde.domain.catalog.access import is_last_admin, without_access
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.owned import own_reseller, own_user
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.sites import without_site
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.user_records import User, UserDetails

USERS_MAX = 10_000  # of a white label without a limit of its own: 1 kB each, in every process
SEALED_MAX = 2_000
LOOK_MAX = 2_000


@dataclass(frozen=True, slots=True)
class CreateUser(Action):
    account: int
    details: UserDetails

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        settings = own_reseller(catalog, self.account)
        _require_details(self.details)
        require(self.details.name_hash not in catalog.user_names, Refusal.USER_EXISTS)
        limit = USERS_MAX if settings.max_users is None else settings.max_users
        require(len(catalog.users_of.get(self.account, ())) < limit, Refusal.TOO_MANY_USERS)
        user = catalog.last_user + 1
        return Decision((UserCreated(self.account, user, self.details),), {"user": user})


@dataclass(frozen=True, slots=True)
class ChangeUser(Action):
    """Says something else of a user; what is null stays as it is."""

    account: int
    user: int
    name_hash: bytes | None = None
    name: bytes | None = None
    email_hash: bytes | None = None
    email: bytes | None = None
    real_name: bytes | None = None
    password: Annotated[bytes | None, "Empty: none from now on."] = None
    logo: str | None = None
    css: str | None = None
    has_onsite_stats: bool | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        before = own_user(catalog, self.account, self.user)
        said = with_said(before.details, self)
        details = replace(said, password=said.password or None)
        _require_details(details)
        require(catalog.user_names.get(details.name_hash) in {None, self.user}, Refusal.USER_EXISTS)
        return Decision((UserChanged(self.user, details),), {"user": self.user})


@dataclass(frozen=True, slots=True)
class DeleteUser(Action):
    """Ends a user, and the sites whose only admin he is. Of others he loses his access."""

    account: int
    user: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_user(catalog, self.account, self.user)
        sites = catalog.sites_of_user.get(self.user, ())
        ended = tuple(site for site in sites if is_last_admin(catalog, self.user, site))
        return Decision((UserDeleted(self.user, ended),), {"user": self.user, "sites": len(ended)})


def _require_details(details: UserDetails) -> None:
    """That they have no more than a user may: what they say is known where they were sealed."""
    sealed = (details.name, details.email or b"", details.real_name or b"", details.password or b"")
    require(all(len(each) <= SEALED_MAX for each in sealed), Refusal.BAD_USER)
    require(len(details.logo) <= LOOK_MAX and len(details.css) <= LOOK_MAX, Refusal.BAD_USER)
    require((details.email is None) == (details.email_hash is None), Refusal.BAD_USER)


@dataclass(frozen=True, slots=True)
class UserCreated(Fact):
    account: int
    user: Annotated[int, "Counted over all white labels, and given once."]
    details: UserDetails

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        _put(catalog, User(self.user, self.account, entry.at_ms, self.details))
        catalog.users_of.setdefault(self.account, {})[self.user] = None
        catalog.last_user = max(catalog.last_user, self.user)


@dataclass(frozen=True, slots=True)
class UserChanged(Fact):
    user: int
    details: UserDetails

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.users[self.user]
        _take_out(catalog, before)
        _put(catalog, replace(before, details=self.details))


@dataclass(frozen=True, slots=True)
class UserDeleted(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    user: int
    sites: Annotated[tuple[int, ...], "Those that ended with him."]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        for site in self.sites:
            without_site(catalog, site, entry)
        for site in list(catalog.sites_of_user.get(self.user, ())):
            without_access(catalog, self.user, site)
        user = catalog.users.pop(self.user)
        _take_out(catalog, user)
        del catalog.users_of[user.account][self.user]


def _put(catalog: Catalog, user: User) -> None:
    catalog.users[user.id] = user
    catalog.user_names[user.details.name_hash] = user.id
    email = user.details.email_hash
    if email is not None:
        others = catalog.user_emails.get(email, ())
        catalog.user_emails[email] = tuple(sorted((*others, user.id)))


def _take_out(catalog: Catalog, user: User) -> None:
    """Out of what he is found by."""
    del catalog.user_names[user.details.name_hash]
    email = user.details.email_hash
    if email is not None:
        others = tuple(other for other in catalog.user_emails.pop(email) if other != user.id)
        if others:
            catalog.user_emails[email] = others


ACTIONS = (CreateUser, ChangeUser, DeleteUser)
FACTS = (UserCreated, UserChanged, UserDeleted)
