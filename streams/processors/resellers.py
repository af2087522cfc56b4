"""Catalog entries to rows of users, of sites and of who may see which: each as it is once an entry has been decided.
What names somebody stays sealed.
"""

from typing import Any

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.entries import holding_entry
from streams.state import State
from tilde.domain.catalog.access import AccessGranted, AccessRevoked, SiteMoved
from tilde.domain.catalog.entries import Fact
from tilde.domain.catalog.sites import SiteChanged, SiteCreated, SiteDeleted, SiteDetails
from tilde.domain.catalog.user_records import UserDetails
from tilde.domain.catalog.users import UserChanged, UserCreated, UserDeleted
from tilde.schemas.codec import encoder
from tilde.schemas.topics import ACCESS, CATALOG, DEAD_LETTERS, SITES, USERS

RowFields = dict[str, Any]
_NO_USER: RowFields = {"account": 0, "created_at": 0, "has_email": 0, "has_password": 0, "has_onsite_stats": 0}
_NO_SITE: RowFields = {
    "account": 0,
    "uuid": "",
    "created_at": 0,
    "domain": "",
    "mirrors": [],
    "nickname": "",
    "clock_offset_s": 0,
    "clock_rule": "",
}
_encode_user, _encode_site, _encode_access = encoder(USERS.subject), encoder(SITES.subject), encoder(ACCESS.subject)


class ResellersProcessor(PlainProcessor):
    """Writes rows of users, of sites and of who may see which. It remembers what a row needs and later facts do not
    repeat: whose a user or a site is, since when, and the users of each site.
    """

    name = "resellers"
    source = CATALOG
    outputs = (USERS, SITES, ACCESS, DEAD_LETTERS)
    remembers = True

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        entry = holding_entry(message, state)
        if entry is None:
            return
        fold = _Fold(state, message.offset)
        for fact in entry.facts:
            fold.take(fact, entry.at_ms)
        version = message.version(0)
        outputs[USERS.name] += [_encode_user({**row, "version": version}) for row in fold.users.values()]
        outputs[SITES.name] += [_encode_site({**row, "version": version}) for row in fold.sites.values()]
        outputs[ACCESS.name] += [_encode_access({**row, "version": version}) for row in fold.access.values()]


class _Fold:
    """One entry's: the rows that it gives, by their identities."""

    def __init__(self, state: State, offset: int) -> None:
        self._state = state
        self._offset = offset
        self.users: dict[int, RowFields] = {}
        self.sites: dict[int, RowFields] = {}
        self.access: dict[tuple[int, int], RowFields] = {}

    def take(self, fact: Fact, at_ms: int) -> None:
        """Does what a fact says."""
        match fact:
            case UserCreated(account, user, details):
                self._put_user(user, {"account": account, "created_at": at_ms, **_said_of_user(details)})
            case UserChanged(user, details):
                self._put_user(user, self._kept("user", user) | _said_of_user(details))
            case UserDeleted(user, sites):
                for site in sites:
                    self._put_site(site, {})
                self._put_user(user, {})
            case SiteCreated(account, user, site, uuid, details):
                made = {"account": account, "uuid": uuid, "created_at": at_ms, **_said_of_site(details)}
                self._put_site(site, made)
                self._put_access(site, {user: True})
            case SiteChanged(site, details):
                self._put_site(site, self._kept("site", site) | _said_of_site(details))
            case SiteDeleted(site):
                self._put_site(site, {})
            case AccessGranted(user, site, is_admin):
                self._put_access(site, {user: is_admin})
            case AccessRevoked(user, site):
                self._put_access(site, {user: None})
            case SiteMoved(user, site):
                others = dict.fromkeys(self._state.get(_key("access", site)) or ())
                self._put_access(site, {**others, user: True})

    def _kept(self, noun: str, id_: int) -> RowFields:
        kept: RowFields = self._state.get(_key(noun, id_)) or {}
        return kept

    def _put_user(self, user: int, said: RowFields) -> None:
        """What is said of one; nothing: he is gone."""
        if self._state.put(_key("user", user), self._offset, said):
            self.users[user] = {"user_id": user, "is_deleted": int(not said), **_NO_USER, **said}

    def _put_site(self, site: int, said: RowFields) -> None:
        """Likewise. Who may see one that is gone says nothing any more."""
        if self._state.put(_key("site", site), self._offset, said):
            self.sites[site] = {"site": site, "is_deleted": int(not said), **_NO_SITE, **said}
        if not said:
            self._state.put(_key("access", site), self._offset, [])

    def _put_access(self, site: int, changed: dict[int, bool | None]) -> None:
        """Who is an admin from now on, who only sees it, and who does not (None)."""
        users = set(self._state.get(_key("access", site)) or ())
        users = users - set(changed) | {user for user, is_admin in changed.items() if is_admin is not None}
        if self._state.put(_key("access", site), self._offset, sorted(users)):
            for user, is_admin in changed.items():
                gone, admin = int(is_admin is None), int(is_admin or False)
                self.access[site, user] = {"site": site, "user_id": user, "is_deleted": gone, "is_admin": admin}


def _said_of_site(details: SiteDetails) -> RowFields:
    return {
        "domain": details.domain,
        "mirrors": list(details.mirrors),
        "nickname": details.nickname,
        "clock_offset_s": details.offset_s,
        "clock_rule": details.clock_rule,
    }


def _said_of_user(details: UserDetails) -> RowFields:
    return {
        "has_email": int(details.email is not None),
        "has_password": int(details.password is not None),
        "has_onsite_stats": int(details.has_onsite_stats),
    }


def _key(noun: str, id_: int) -> str:
    return f"{noun} {id_}"
