"""Users, sites and goals of white labels for tests, with what a test does not care about filled in."""

from typing import Any

from testkit.builders import UUID, a_key
from tilde.domain.catalog.goal_records import FunnelType, GoalDetails
from tilde.domain.catalog.goals import GoalCreated
from tilde.domain.catalog.keys import KEYS_OF_SITES, StoredKey
from tilde.domain.catalog.sites import SiteCreated, SiteDetails
from tilde.domain.catalog.user_records import UserDetails
from tilde.domain.catalog.users import UserCreated

NO_USER_DETAILS: dict[str, Any] = {
    **dict.fromkeys(("email_hash", "email", "real_name", "password")),
    "logo": "",
    "css": "",
    "has_onsite_stats": False,
}


def some_user_details(name: str = "billy", **changes: Any) -> UserDetails:
    """Somebody of this name, of whom nothing else is said; the same name has the same hash."""
    named = {"name_hash": f"hash of {name}".encode(), "name": f"sealed {name}".encode()}
    return UserDetails(**(named | NO_USER_DETAILS | changes))


def with_email(address: str) -> dict[str, Any]:
    """What details say of an address."""
    return {"email_hash": f"hash of {address}".encode(), "email": f"sealed {address}".encode()}


def a_user_created(user: int = 1, name: str = "billy", account: int = 1, **details: Any) -> UserCreated:
    """A user of the first account."""
    return UserCreated(account, user, some_user_details(name, **details))


def some_site_details(domain: str = "awesome.com", **changes: Any) -> SiteDetails:
    """A site of this domain, eight hours behind UTC."""
    said: dict[str, Any] = {
        "name": domain,
        "domain": domain,
        "mirrors": (),
        "nickname": "",
        "offset_s": -28_800,
        "clock_rule": "usa",
    }
    return SiteDetails(**(said | changes))


def keys_of_site(site: int) -> tuple[StoredKey, ...]:
    """Both keys of a site."""
    return tuple(a_key(f"key of site {site}", kind) for kind in KEYS_OF_SITES)


def a_site_created(site: int = 2, user: int = 1, account: int = 1, **details: Any) -> SiteCreated:
    """A site of the first account, whose admin is its first user. An account's product has number 1."""
    return SiteCreated(account, user, site, UUID, some_site_details(**details), keys_of_site(site))


def some_goal_details(name: str = "Hello", url: str = "/hello", **changes: Any) -> GoalDetails:
    """A goal of this name, without a funnel."""
    said: dict[str, Any] = {"funnel_type": FunnelType.NONE, "funnel": "", "revenue": None, "cost": None}
    said |= {"name": name, "url": url, "is_manual": False, "more_than_once": False}
    return GoalDetails(**(said | changes))


def a_goal_created(goal: int = 1, site: int = 2, **details: Any) -> GoalCreated:
    """A goal of that site."""
    return GoalCreated(site, goal, some_goal_details(**details))
