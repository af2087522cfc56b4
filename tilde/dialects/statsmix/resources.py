"""What StatsMix shows, in its own words: a stat is one number, a metric is what others call a stat, a profile has
metrics, a user was made by a partner.

Times are unix milliseconds. `ONE` and `MANY` are what one is called, and a list of them.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

PUBLIC = "/d/"
"""Below it is what is shared with everybody."""


@dataclass(frozen=True, slots=True)
class Stat:
    """One number. `meta` is JSON as text, as its writer sent it."""

    ONE: ClassVar[str] = "stat"
    MANY: ClassVar[str] = "stats"

    id: int
    ref_id: str | None
    profile_id: int
    metric_id: int
    value: float
    meta: str | None
    generated_ms: int
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class Metric:
    """`url` is what its owner says, or the public one of a metric that is shared."""

    ONE: ClassVar[str] = "metric"
    MANY: ClassVar[str] = "metrics"

    id: int
    name: str
    profile_id: int
    is_public: bool
    in_email: bool
    url: str
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Metrics that belong together."""

    ONE: ClassVar[str] = "profile"
    MANY: ClassVar[str] = "profiles"

    id: int
    name: str
    time_zone: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class User:
    """Somebody whose account a partner made."""

    ONE: ClassVar[str] = "user"
    MANY: ClassVar[str] = "users"

    id: int
    api_key: str
    email: str
    name: str
    company: str
    plan: str
    url: str
    created_ms: int


class MetricSettings(Protocol):
    """What a metric's owner says of it."""

    @property
    def in_email(self) -> bool: ...

    @property
    def url(self) -> str: ...


class MetricRecord(Protocol):
    """What was decided about a metric; `changed_ms` is None where nothing was."""

    @property
    def settings(self) -> MetricSettings: ...

    @property
    def changed_ms(self) -> int | None: ...


def metric_of(
    id_: int, name: str, profile_id: int, record: MetricRecord, public_id: str | None, origin: str, created_ms: int
) -> Metric:
    """A metric as both ends show it. `public_id` is None where it is not shared; `origin` is as in `public_url`."""
    settings = record.settings
    url = settings.url or ("" if public_id is None else public_url(origin, public_id))
    updated_ms = max(created_ms, record.changed_ms or 0)
    return Metric(id_, name, profile_id, public_id is not None, settings.in_email, url, created_ms, updated_ms)


def public_url(origin: str, public_id: str) -> str:
    """Where everybody sees a metric that is shared; `origin` is how the asker reached us, `http://stats.example`."""
    return f"{origin}{PUBLIC}{public_id}"


Resource = Stat | Metric | Profile | User
