"""What an operator sets for a white label: its domain, the name of its tracker, its limits, and the clock of its sites
that say nothing of theirs.
"""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.owned import own_reseller
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.said import with_said
from tilde.domain.catalog.sites import default_clock, require_clock
from tilde.domain.catalog.state import Catalog
from tilde.domain.sites.hosts import is_canonical

LIMIT_MAX = 200_000  # who deletes a user names all sites that end with him, in one message of 1 MiB
TRAFFIC_MAX = 10**12
_LIMITS = ("max_users", "max_sites", "max_goals", "max_traffic")
_JS_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,39}")
_JS_WORDS = (  # of the language, and of pages
    " arguments await break case catch class const continue debugger default delete do document else enum eval export"
    " extends false finally for frames function history if implements import in Infinity instanceof interface let"
    " location name NaN navigator new null package parent private protected public return screen self static status"
    " super switch this throw top true try typeof undefined var void while window with yield "
)


@dataclass(frozen=True, slots=True)
class ConfigureReseller(Action):
    """What is null stays as it is; an empty text is none, and so is a limit below 0. A domain comes as hosts are
    compared.
    """

    account: int
    domain: str | None = None
    js_name: str | None = None
    max_users: int | None = None
    max_sites: int | None = None
    max_goals: int | None = None
    max_traffic: int | None = None
    offset_s: int | None = None
    clock_rule: str | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        before = own_reseller(catalog, self.account)
        said = with_said(before, self)
        ended: dict[str, Any] = {name: None for name in _LIMITS if (getattr(said, name) or 0) < 0}
        settings = replace(said, **ended)
        require(not self.domain or is_canonical(self.domain), Refusal.BAD_HOST)
        holder = catalog.reseller_domains.get(settings.domain, self.account)
        require(holder == self.account, Refusal.DOMAIN_TAKEN)
        is_name = _JS_NAME.fullmatch(settings.js_name) is not None and f" {settings.js_name} " not in _JS_WORDS
        require(not settings.js_name or is_name, Refusal.BAD_JS_NAME)
        limits = (settings.max_users, settings.max_sites, settings.max_goals)
        require(all(limit is None or limit <= LIMIT_MAX for limit in limits), Refusal.BAD_LIMIT)
        require(settings.max_traffic is None or settings.max_traffic <= TRAFFIC_MAX, Refusal.BAD_LIMIT)
        require_clock(default_clock(settings))
        return Decision((ResellerConfigured(self.account, settings),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class ResellerConfigured(Fact):
    account: int
    settings: Annotated[Reseller, "All of them, as they are from now on."]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.reseller(self.account)
        if before.domain:
            del catalog.reseller_domains[before.domain]
        if self.settings.domain:
            catalog.reseller_domains[self.settings.domain] = self.account
        catalog.resellers[self.account] = self.settings


ACTIONS = (ConfigureReseller,)
FACTS = (ResellerConfigured,)
