"""What the catalog knows of web sites of white labels."""

from dataclasses import dataclass

from tilde.domain.sites.clock_setting import ClockSetting


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
