"""Sites of white labels. A site is a product as well, of the same id: its keys are that product's, and other dialects
read it as one of theirs. Its clock and its host names are dated.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from tilde.domain.catalog.access import with_access, without_access
from tilde.domain.catalog.accounts import with_key, without_key
from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.goals import without_goals
from tilde.domain.catalog.keys import KEYS_OF_SITES, StoredKey
from tilde.domain.catalog.owned import own_reseller, own_site, own_user
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.reseller_records import Reseller
from tilde.domain.catalog.site_records import Site
from tilde.domain.catalog.state import Catalog, Product
from tilde.domain.sites.clock_setting import OFFSET_H_MAX, OFFSET_H_MIN, RULES, ClockSetting
from tilde.domain.sites.domains import MIRRORS_MAX
from tilde.domain.sites.hosts import is_canonical
from tilde.domain.texts import is_title

SITES_MAX = 10_000  # of a white label without a limit of its own: 3 kB each, in every process
SITE_CHANGES_MAX = 10_000  # of one site: each keeps its past
NICKNAME_MAX = 255
OFFSETS_S = range(OFFSET_H_MIN * 3_600, OFFSET_H_MAX * 3_600 + 1)
_NAME_SHARE = 230  # of a product's name, for the domain; the rest is for the number


@dataclass(frozen=True, slots=True)
class CreateSite(Action):
    """Makes a site, with its first admin. Hosts come as they are compared: lower case, without `www.`."""

    account: int
    user: int
    uuid: str
    domain: str
    mirrors: tuple[str, ...]
    nickname: str
    offset_s: Annotated[int | None, "Seconds east of UTC; null: what its white label says."]
    clock_rule: Annotated[str | None, "usa, eu, 1 or 0: its summer time; null: what its white label says."]
    keys: tuple[StoredKey, ...]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        settings = own_reseller(catalog, self.account)
        own_user(catalog, self.account, self.user)
        require_hosts(self.domain, self.mirrors)
        require_nickname(self.nickname)
        default = default_clock(settings)
        offset = default.offset_s if self.offset_s is None else self.offset_s
        clock = ClockSetting(offset, default.rule if self.clock_rule is None else self.clock_rule)
        require_clock(clock)
        limit = SITES_MAX if settings.max_sites is None else settings.max_sites
        require(len(catalog.sites_of.get(self.account, ())) < limit, Refusal.TOO_MANY_SITES)
        keys = tuple(key for key in self.keys if key.kind in KEYS_OF_SITES)
        require(not any(catalog.others_with(key, None) for key in keys), Refusal.KEY_TAKEN)
        site = catalog.last_product + 1
        name = _free_name(catalog, self.account, self.domain, site)
        details = SiteDetails(name, self.domain, self.mirrors, self.nickname, clock.offset_s, clock.rule)
        return Decision((SiteCreated(self.account, self.user, site, self.uuid, details, keys),), {"site": site})


@dataclass(frozen=True, slots=True)
class ChangeSite(Action):
    """Says something else of a site; what is null stays as it is."""

    account: int
    site: int
    domain: str | None
    mirrors: tuple[str, ...] | None
    nickname: str | None
    offset_s: int | None
    clock_rule: str | None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        before = own_site(catalog, self.account, self.site)
        domain = before.domain if self.domain is None else self.domain
        mirrors = before.mirrors if self.mirrors is None else self.mirrors
        nickname = before.nickname if self.nickname is None else self.nickname
        offset = before.clock.offset_s if self.offset_s is None else self.offset_s
        clock = ClockSetting(offset, before.clock.rule if self.clock_rule is None else self.clock_rule)
        require_hosts(domain, mirrors)
        require_nickname(nickname)
        require_clock(clock)
        require(catalog.sites[self.site].changes < SITE_CHANGES_MAX, Refusal.TOO_MANY_CHANGES)
        name = self._name(catalog, before, domain)
        details = SiteDetails(name, domain, mirrors, nickname, clock.offset_s, clock.rule)
        return Decision((SiteChanged(self.site, details),), {"site": self.site})

    def _name(self, catalog: Catalog, before: Site, domain: str) -> str:
        """The product's: it goes with the domain, unless somebody gave it another one."""
        name = catalog.products[self.site].name
        is_domains = name in _names(before.domain, self.site)
        return _free_name(catalog, self.account, domain, self.site) if is_domains and domain != before.domain else name


@dataclass(frozen=True, slots=True)
class DeleteSite(Action):
    """Ends a site: its keys, its goals, everybody's access. What it counted stays, for the operator alone."""

    account: int
    site: int
    user: Annotated[int | None, "Who has to have access to it; null: nobody was named."]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        own_site(catalog, self.account, self.site)
        if self.user is not None:
            own_user(catalog, self.account, self.user)
            require(self.user in catalog.access[self.site], Refusal.NOT_A_USER_OF_THE_SITE)
        return Decision((SiteDeleted(self.site),), {"site": self.site})


def default_clock(settings: Reseller) -> ClockSetting:
    """The clock of a white label's sites that say nothing of it."""
    offset_s, rule = settings.offset_s, settings.clock_rule
    nobodys = ClockSetting()
    return ClockSetting(nobodys.offset_s if offset_s is None else offset_s, nobodys.rule if rule is None else rule)


def require_clock(clock: ClockSetting) -> None:
    """Refuses unless a site may have this clock."""
    require(clock.offset_s in OFFSETS_S and clock.rule in RULES, Refusal.BAD_CLOCK)


def require_hosts(domain: str, mirrors: tuple[str, ...]) -> None:
    """Refuses unless these are names of hosts, in the form in which they are compared."""
    require(len(mirrors) <= MIRRORS_MAX and all(map(is_canonical, (domain, *mirrors))), Refusal.BAD_HOST)


def require_nickname(nickname: str) -> None:
    """Refuses unless a site may be called so."""
    require(len(nickname) <= NICKNAME_MAX and nickname.isprintable(), Refusal.BAD_NICKNAME)


def _names(domain: str, site: int) -> tuple[str, str]:
    """What its product is named: as the domain, and where that is taken, with its number."""
    short = domain[:_NAME_SHARE]
    return short, f"{short} {site}"


def _free_name(catalog: Catalog, account: int, domain: str, site: int) -> str:
    name, longer = _names(domain, site)
    name = name if is_title(name) else f"site {site}"
    taken = catalog.products_of[account]
    while name in taken:
        name, longer = longer, f"{longer}'"
    return name


@dataclass(frozen=True, slots=True)
class SiteDetails:
    """What is said of a site."""

    name: Annotated[str, "Its product's."]
    domain: str
    mirrors: tuple[str, ...]
    nickname: str
    offset_s: int
    clock_rule: str

    @property
    def clock(self) -> ClockSetting:
        """The setting of its clock."""
        return ClockSetting(self.offset_s, self.clock_rule)


@dataclass(frozen=True, slots=True)
class SiteCreated(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    account: int
    user: Annotated[int, "Its first admin."]
    site: Annotated[int, "Its id, and that of its product."]
    uuid: str
    details: SiteDetails
    keys: tuple[StoredKey, ...]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        said = self.details
        site = Site(self.site, self.account, said.domain, said.mirrors, said.nickname, said.clock, entry.at_ms)
        product = Product(self.site, self.account, self.uuid, said.domain, {}, said.name, entry.at_ms)
        catalog.products[self.site] = product
        catalog.products_of[self.account][said.name] = self.site
        catalog.last_product = max(catalog.last_product, self.site)
        dated: Dated[Site | None] = Dated()
        dated.set(entry.sequence, site)
        catalog.sites[self.site] = dated
        catalog.sites_of.setdefault(self.account, {})[self.site] = None
        for key in {key.kind: key for key in self.keys}.values():
            with_key(catalog, self.account, key, self.site)
        with_access(catalog, self.user, self.site, is_admin=True)


@dataclass(frozen=True, slots=True)
class SiteChanged(Fact):
    site: int
    details: SiteDetails

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        said = self.details
        dated, product = catalog.sites[self.site], catalog.products[self.site]
        before = dated.newest
        assert before is not None, "one that was deleted is not changed"
        after = replace(before, domain=said.domain, mirrors=said.mirrors, nickname=said.nickname, clock=said.clock)
        dated.set(entry.sequence, after)
        names = catalog.products_of[product.account]
        del names[product.name]
        names[said.name] = self.site
        catalog.products[self.site] = replace(product, name=said.name, domain=said.domain)


@dataclass(frozen=True, slots=True)
class SiteDeleted(Fact):
    CHANGES_KEYS: ClassVar[bool] = True

    site: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        without_site(catalog, self.site, entry)


def without_site(catalog: Catalog, site: int, entry: Entry) -> None:
    """Takes a site out, with its product. What it was stays, for what was posted before."""
    product = catalog.products[site]
    for user in list(catalog.access[site]):
        without_access(catalog, user, site)
    del catalog.access[site]
    without_goals(catalog, site, entry)
    catalog.definitions.pop(site, None)
    for report in catalog.saved_reports_of.pop(site, ()):
        del catalog.saved_reports[report]
    for metric in catalog.kept_metrics_of.pop(site, ()):
        del catalog.kept_metrics[metric]
    for kind in list(product.keys):
        without_key(catalog, product.account, kind, site)
    del catalog.products_of[product.account][product.name]
    del catalog.products[site]
    del catalog.sites_of[product.account][site]
    catalog.sites[site].set(entry.sequence, None)


ACTIONS = (CreateSite, ChangeSite, DeleteSite)
FACTS = (SiteCreated, SiteChanged, SiteDeleted)
