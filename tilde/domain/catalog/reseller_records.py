"""What the catalog knows of white labels."""

from dataclasses import dataclass
from typing import Annotated


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
