"""A hit: what a web site's page, picture or server told of a visitor, and how it is kept."""

from enum import StrEnum
from typing import NamedTuple


class HitType(StrEnum):
    """What a visitor did. The values are durable."""

    PAGEVIEW = "pageview"
    CLICK = "click"
    DOWNLOAD = "download"
    OUTBOUND = "outbound"
    GOAL = "goal"
    PING = "ping"
    HEATMAP = "heatmap"
    VIDEO = "video"
    CUSTOM = "custom"


class Transport(StrEnum):
    """What sent a hit. The values are durable."""

    SCRIPT = "script"
    PIXEL = "pixel"
    SERVER = "server"


class KnownBy(StrEnum):
    """What a visitor was told by. The values are durable."""

    ID = "id"
    ADDRESS = "address"
    SESSION = "session"


class Parameter(NamedTuple):
    """A parameter of a hit as it came, name and value."""

    name: str
    value: str


class Page(NamedTuple):
    """What a hit says of itself, and identifies nobody. `title` and what follows are None where nothing was said."""

    type: HitType
    transport: Transport
    href: str = ""
    host: str | None = None
    title: str | None = None
    ref: str | None = None
    lang: str | None = None
    res: str | None = None
    tz: str | None = None


class Sender(NamedTuple):
    """What is known of who sent it, without what identifies."""

    agent: str | None = None
    bot: str | None = None
    network: str | None = None


class Protected(NamedTuple):
    """A visitor, and what identifies one, sealed with a key of his own."""

    visitor: int
    known_by: KnownBy
    key: int
    who: bytes
