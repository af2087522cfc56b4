"""What the catalog knows of goals of web sites."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated


class FunnelType(StrEnum):
    """What has to have come before a goal. The values are durable."""

    NONE = "none"
    PATH = "path"
    SEARCH = "search"
    DOMAIN = "domain"


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
