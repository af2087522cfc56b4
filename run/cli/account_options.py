"""What `tilde account set` can say of an account, an option each. What is not given stays as it is."""

from typing import Annotated, Any

import typer

from run.cli.operated import OptionGroup
from tilde.dialects.known import DIALECTS
from tilde.domain.catalog.switches import Switch


def _option(help_: str, *names: str, least: int | None = None, most: int | None = None) -> Any:
    return typer.Option(*names, help=help_, show_default=False, min=least, max=most)


def _limit(meaning: str) -> Any:
    return _option(f"{meaning}; -1: as many as all.", least=-1)


_SWITCHES = {Switch.MAIL.value: "Whether it is sent mail: of new stats, and its daily report."} | {
    switch: meaning for dialect in DIALECTS.records for switch, meaning in dialect.manual.switches.items()
}


def _names(switch: Switch) -> tuple[str, str]:
    """The options that have it on, and off."""
    name = switch.value.replace("_", "-")
    return f"--{name}", f"--no-{name}"


def _switching(switch: Switch) -> Any:
    """The option of a switch. What it does its dialect says, in its record."""
    return Annotated[bool | None, _option(_SWITCHES[switch], "/".join(_names(switch)))]


Switches = Annotated[dict[str, bool | None], OptionGroup({each.value: _switching(each) for each in Switch}, dict)]
Timezone = Annotated[
    str | None,
    _option(
        "The IANA time zone of its first product; empty: none. Hours from GMT, -8: those of a white label's new sites."
    ),
]
ReportHour = Annotated[
    int | None,
    _option("At which hour of that zone its daily report comes; -1: the one that all have.", least=-1, most=23),
]
Domain = Annotated[str | None, _option("The host name of its white label; empty: none.")]
JsName = Annotated[str | None, _option("The global variable of its tracker; empty: the one that all have.")]
MaxUsers = Annotated[int | None, _limit("How many users its white label may have")]
MaxSites = Annotated[int | None, _limit("How many sites")]
MaxGoals = Annotated[int | None, _limit("How many goals a site")]
MaxTraffic = Annotated[int | None, _limit("How many page views a day all its sites, over a month")]
Dst = Annotated[str | None, _option("Summer time of its new sites, where hours are said: usa, eu, 1 or 0.")]
ContactName = Annotated[str | None, _option("The name of whom to ask about it; empty: none.")]
ContactPhone = Annotated[str | None, _option("His telephone number.")]
ContactCountry = Annotated[str | None, _option("His country.")]
ALL = (
    ", ".join(" or ".join(_names(switch)) for switch in Switch) + ", --timezone,"
    " --report-hour, --domain, --js-name, --max-users, --max-sites, --max-goals, --max-traffic, --dst,"
    " --contact-name, --contact-phone, --contact-country"
)
