"""What the white label API has to answer, said once more and simply: dictionaries, and one request after the other.

It knows nothing of the catalog. `tests/properties/test_white_label_model.py` asks both the same and compares.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Sent = dict[str, str]
Lines = list[str]
OK: Lines = ["OK"]
KEYS_OF_SITE = ("[a-z0-9]{13}", "db1", "[a-z0-9]{39}")
"""Patterns of what stands behind the id of a new site."""


class Wrong(Exception):
    """The number of an error."""


@dataclass
class User:
    account: str
    name: str
    email: str = ""


@dataclass
class Goal:
    name: str
    url: str
    is_manual: bool


@dataclass
class Site:
    account: str
    domain: str
    nickname: str = ""
    admins: dict[int, bool] = field(default_factory=dict)
    goals: dict[int, Goal] = field(default_factory=dict)


@dataclass
class Model:
    """White labels by their keys; each may have so many users, sites, and goals a site."""

    accounts: frozenset[str]
    first_site: int
    max_users: int
    max_sites: int
    max_goals: int
    users: dict[int, User] = field(default_factory=dict)
    sites: dict[int, Site] = field(default_factory=dict)
    last_user: int = 0
    last_goal: int = 0

    def __post_init__(self) -> None:
        self.last_site = self.first_site - 1

    def answer(self, sent: Sent) -> Lines:
        """Lines, of which each is a pattern."""
        sent = {name: value for name, value in sent.items() if value}
        try:
            return [*OK, *self._carried(sent)]
        except Wrong as wrong:
            return ["NOK", str(wrong), ".+"]

    def _carried(self, sent: Sent) -> Lines:
        account = sent.get("auth", "")
        if account not in self.accounts:
            raise Wrong(1)
        carry = getattr(self, f"on_{sent.get('type', '')}", None)
        if carry is None:
            raise Wrong(14)
        return carry(account, sent) or []

    def listed(self, account: str) -> list[tuple[str, str, str]]:
        """Id, domain and nickname of its sites."""
        own = [(id_, site) for id_, site in self.sites.items() if site.account == account]
        return [(str(id_), site.domain, site.nickname or site.domain) for id_, site in own]

    def _ids(self, account: str, sent: Sent, *, user: bool, site: bool) -> tuple[int, int]:
        user_id, site_id = int(sent.get("user_id", 0)), int(sent.get("site_id", 0))
        if site and site_id not in self.sites:
            raise Wrong(8)
        if user and user_id not in self.users:
            raise Wrong(11)
        if site and self.sites[site_id].account != account:
            raise Wrong(9)
        if user and self.users[user_id].account != account:
            raise Wrong(4)
        return user_id, site_id

    def _require_name(self, name: str, user: int) -> None:
        if not name or " " in name:
            raise Wrong(2)
        if any(other.name.lower() == name.lower() and id_ != user for id_, other in self.users.items()):
            raise Wrong(5)

    def on_user(self, account: str, sent: Sent) -> Lines | None:
        is_new = "user_id" not in sent and sent.get("delete") != "1"
        user, _ = (0, 0) if is_new else self._ids(account, sent, user=True, site=False)
        if sent.get("delete") == "1" and not is_new:
            for id_, site in list(self.sites.items()):
                if site.admins.pop(user, False) and not any(site.admins.values()):
                    del self.sites[id_]
            del self.users[user]
            return None
        if is_new or "username" in sent:
            self._require_name(sent.get("username", ""), user)
        if "email" in sent and "@" not in sent["email"]:
            raise Wrong(3)
        if is_new:
            if sum(other.account == account for other in self.users.values()) >= self.max_users:
                raise Wrong(6)
            self.last_user += 1
            self.users[self.last_user] = User(account, sent["username"], sent.get("email", ""))
            return [str(self.last_user)]
        known = self.users[user]
        known.name, known.email = sent.get("username", known.name), sent.get("email", known.email)
        return None

    def on_get_user_id(self, account: str, sent: Sent) -> Lines:
        said = sent.get("username", "").lower()
        tests: tuple[Callable[[User], bool], ...]
        tests = (lambda user: user.name.lower() == said, lambda user: user.email.lower() == said)
        for is_it in tests:
            for id_, user in sorted(self.users.items()):
                if said and user.account == account and is_it(user):
                    return [str(id_)]
        raise Wrong(2)

    def on_get_username(self, account: str, sent: Sent) -> Lines:
        user, _ = self._ids(account, sent, user=True, site=False)
        return [re.escape(self.users[user].name)]

    def on_site(self, account: str, sent: Sent) -> Lines | None:
        if "site_id" not in sent and sent.get("delete") != "1":
            user, _ = self._ids(account, sent, user=True, site=False)
            if "." not in sent.get("domain", ""):
                raise Wrong(13)
            if sum(other.account == account for other in self.sites.values()) >= self.max_sites:
                raise Wrong(10)
            self.last_site += 1
            self.sites[self.last_site] = Site(account, sent["domain"], sent.get("nickname", ""), {user: True})
            return [str(self.last_site), *KEYS_OF_SITE]
        user, site = self._ids(account, sent, user="user_id" in sent, site=True)
        known = self.sites[site]
        if user and user not in known.admins:
            raise Wrong(12)
        if sent.get("delete") == "1":
            del self.sites[site]
            return None
        if "domain" in sent and "." not in sent["domain"]:
            raise Wrong(13)
        known.domain, known.nickname = sent.get("domain", known.domain), sent.get("nickname", known.nickname)
        return None

    def on_add_user_to_site(self, account: str, sent: Sent) -> None:
        user, site = self._ids(account, sent, user=True, site=True)
        admins = self.sites[site].admins
        after = {**admins, user: sent.get("admin") == "1"}
        if not any(after.values()):
            raise Wrong(26)
        self.sites[site].admins = after

    def on_remove_user_from_site(self, account: str, sent: Sent) -> None:
        user, site = self._ids(account, sent, user=True, site=True)
        admins = self.sites[site].admins
        if user not in admins:
            raise Wrong(12)
        after = {other: is_admin for other, is_admin in admins.items() if other != user}
        if not any(after.values()):
            raise Wrong(26)
        self.sites[site].admins = after

    def on_move_site_to_user(self, account: str, sent: Sent) -> None:
        user, site = self._ids(account, sent, user=True, site=True)
        self.sites[site].admins = {user: True}

    def on_goal(self, account: str, sent: Sent) -> Lines | None:
        _, site = self._ids(account, sent, user=False, site=True)
        goals, said = self.sites[site].goals, sent.get("goal[id]")
        is_new = said is None and sent.get("delete") != "1"
        goal = int(said or 0)
        if not is_new and goal not in goals:
            raise Wrong(22)
        if not is_new and sent.get("delete") == "1":
            del goals[goal]
            return None
        before = Goal("", "", is_manual=False) if is_new else goals[goal]
        manual = {"1": True, "0": False}.get(sent.get("goal[manual]", ""), before.is_manual)
        after = Goal(sent.get("goal[name]", before.name), sent.get("goal[url]", before.url), is_manual=manual)
        if not after.name:
            raise Wrong(16)
        if any(other.name == after.name and id_ != goal for id_, other in goals.items()):
            raise Wrong(21)
        if not after.url and not after.is_manual:
            raise Wrong(17)
        if after.url and not after.url.startswith("/"):
            raise Wrong(20)
        if is_new:
            if len(goals) >= self.max_goals:
                raise Wrong(15)
            self.last_goal += 1
            goal = self.last_goal
        goals[goal] = after
        return [str(goal)] if is_new else None
