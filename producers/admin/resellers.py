"""What an operator sets for a white label: commands made from plain words."""

from dataclasses import asdict, dataclass, replace

from producers.admin.errors import UnfitError
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.reseller_records import NO_SETTINGS
from tilde.domain.catalog.resellers import ConfigureReseller
from tilde.domain.catalog.sites import default_clock
from tilde.domain.catalog.state import Catalog
from tilde.domain.sites.hosts import host_of
from tilde.domain.sites.href import host_in


@dataclass(frozen=True, slots=True)
class SaidOfReseller:
    """What is said of one; None where nothing is. An empty text is none, and so is a limit below 0."""

    domain: str | None = None
    js_name: str | None = None
    max_users: int | None = None
    max_sites: int | None = None
    max_goals: int | None = None
    max_traffic: int | None = None
    offset_s: int | None = None
    clock_rule: str | None = None


NOTHING_SAID = SaidOfReseller()


class Resellers:
    """The command about them. Raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog) -> None:
        self._desk = desk
        self._catalog = catalog

    async def configure(self, account: int, said: SaidOfReseller) -> None:
        """Sets what is said; what is not stays. Raises UnfitError for a domain that is none."""
        if said.domain:
            said = replace(said, domain=_host(said.domain))
        await self._desk.ask(ConfigureReseller(account, **asdict(said)))

    def about_zone(self, account: int, zone: str) -> list[str]:
        """What to say to an operator who has set the time zone of a white label's first product: its sites have not
        got it. Nothing where it is no white label.
        """
        settings = self._catalog.reseller(account)
        if settings == NO_SETTINGS and not self._catalog.users_of.get(account):
            return []
        clock = default_clock(settings)
        told = (
            f"{zone} is the zone of its product and its report; new sites of the white label that say nothing still"
            f" have {clock.offset_s / 3_600:+g} hours from GMT and summer time {clock.rule}: --timezone -8 --dst usa"
        )
        return [told]


def _host(said: str) -> str:
    """The host name of what somebody typed, also of a URL, as it is compared. Raises UnfitError."""
    host = host_in(said) or host_of(said.strip())
    if host is None:
        raise UnfitError(f"{said[:60]!r} is no host name, such as stats.shop.example")
    return host
