"""What the catalog knows of white labels: their settings, their users, the sites and the goals of these."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from unicodedata import category, normalize

from tilde.domain.sites.clock_setting import ClockSetting

USER_NAME_MAX = 64

_UNSEEN = {"Cc", "Cf", "Cs"}  # control characters, what nobody sees, halves of surrogate pairs


def is_user_name(text: str) -> bool:
    """Whether a user may be named so: 1 to 64 characters, no white space, nothing that nobody sees."""
    if not 0 < len(text) <= USER_NAME_MAX:
        return False
    return not any(character.isspace() or category(character) in _UNSEEN for character in text)


def normal_user_name(text: str) -> str:
    """A user's name as it is compared: without its case, and however its accents were typed."""
    return normalize("NFC", normalize("NFC", text).casefold())


class FunnelType(StrEnum):
    """What has to have come before a goal. The values are durable."""

    NONE = "none"
    PATH = "path"
    SEARCH = "search"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Reseller:
    """What an operator sets for an account that is a white label. A field of a limit is null where there is none of its
    own: then the one that holds for all.
    """

    domain: Annotated[str, "The host name that its customers see; empty: none."] = ""
    js_name: Annotated[str, "The global variable of its tracker; empty: the one that all have."] = ""
    max_users: int | None = None
    max_sites: int | None = None
    max_goals: Annotated[int | None, "Of one site."] = None
    max_traffic: Annotated[int | None, "Page views a day of all its sites, averaged over a month."] = None
    offset_s: Annotated[int | None, "Seconds east of UTC; of new sites that say nothing."] = None
    clock_rule: Annotated[str | None, "usa, eu, 1 or 0: its summer time; of new sites that say nothing."] = None


NO_SETTINGS = Reseller()


@dataclass(frozen=True, slots=True)
class UserDetails:
    """What is said of a user."""

    name_hash: Annotated[bytes, "Keyed hash of the name without its case."]
    name: Annotated[bytes, "Sealed."]
    email_hash: Annotated[bytes | None, "Keyed hash of white label and address."]
    email: Annotated[bytes | None, "Sealed."]
    real_name: Annotated[bytes | None, "Sealed."]
    password: Annotated[bytes | None, "Argon2id in its usual spelling, sealed; null: there is none."]
    logo: str
    css: str
    has_onsite_stats: bool


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may see sites of a white label. What names a person is sealed, and found by a keyed hash."""

    id: int
    account: int
    created_ms: int
    details: UserDetails


@dataclass(frozen=True, slots=True)
class Site:
    """A web site of a white label. It is a product as well, of the same id, where its keys are."""

    id: int
    account: int
    domain: str
    mirrors: tuple[str, ...]
    nickname: str
    clock: ClockSetting
    created_ms: int


@dataclass(frozen=True, slots=True)
class GoalDetails:
    """A goal, as its owner says. A manual one needs no URL, and one without a funnel no text for it."""

    name: str
    url: str
    funnel_type: FunnelType
    funnel: str
    revenue: float | None
    cost: float | None
    is_manual: bool
    more_than_once: Annotated[bool, "Whether it counts again in one visit."]


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal of a site."""

    id: int
    site: int
    created_ms: int
    details: GoalDetails
