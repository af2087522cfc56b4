"""The state of the catalog: accounts, keys, products, what was decided about stats, white labels with their users and
sites, edges, and which commands are done.

Facts alone change it (`entries.py`); everybody who follows `catalog` has the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.definition_records import DefinitionsOfProduct, KeptMetric, SavedReport
from tilde.domain.catalog.goal_records import Goal
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.reseller_records import NO_SETTINGS, Reseller
from tilde.domain.catalog.site_records import Site
from tilde.domain.catalog.stat_records import NOTHING_DECIDED, StatName, StatRecord, StatsOfProduct
from tilde.domain.catalog.switches import Switch
from tilde.domain.catalog.token_records import EVERY_SCOPE, Scope, Token
from tilde.domain.catalog.user_records import User
from tilde.domain.sites.clock_setting import ClockSetting
from tilde.domain.stats.metrics import Kind, metric_id


class CommandId(NamedTuple):
    """Which command: its place in the log of the edge that took it. `index` is its place in the sealed batch."""

    edge: str
    epoch: int
    offset: int
    index: int  # type: ignore[assignment] # the schema's word; a tuple has a method of that name


@dataclass(frozen=True, slots=True)
class Product:
    """`timezone` is an IANA name; None where nobody said one. `environment` is what its owner says of it, such as
    `staging`.
    """

    id: int
    account: int
    uuid: str
    domain: str
    keys: Mapping[KeyKind, StoredKey]
    name: str
    created_ms: int
    timezone: str | None = None
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """`product` is the first one, which every account begins with. `partner` is the account that made it, where one
    did, and `details` what that one says of it, sealed; so is `contact`, whom to ask. It was changed last at
    `changed_ms`; 0: never. One that is closed has no keys, and gets none.
    """

    id: int
    name: str
    created_ms: int
    product: int
    keys: Mapping[KeyKind, StoredKey]
    off: frozenset[Switch] = frozenset()
    report_hour: int | None = None
    partner: int | None = None
    details: bytes | None = None
    is_closed: bool = False
    contact: bytes | None = None
    changed_ms: int = 0

    def is_on(self, switch: Switch) -> bool:
        """Whether a switch of the account is on, as all are that were not switched off."""
        return switch not in self.off


class Holder(NamedTuple):
    """Whose a key is: an account's, or that of one of its products."""

    kind: KeyKind
    account: int
    product: int | None


class Reach(NamedTuple):
    """What an access token opens: some accounts, the oldest first, and how far."""

    accounts: tuple[Account, ...]
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Lease:
    """An edge's number, and the last epoch it began."""

    number: int
    epoch: int


class Erased(NamedTuple):
    """Whose keys are to be taken away: those of whoever has one of these keyed hashes in a realm, a site or a product.
    `first` is the entry that asked for it, at `at_ms`: whoever got his key once that was carried out has come later,
    and keeps it.
    """

    realm: int
    hashes: tuple[int, ...]
    first: int
    at_ms: int


@dataclass(slots=True)
class Catalog:
    """The state after `sequence` entries. `apply` folds into it in place: it grows with every account ever made."""

    sequence: int = 0
    last_account: int = 0  # ids are counted, so that none is given out twice, whatever is deleted
    last_product: int = 0
    last_user: int = 0
    last_goal: int = 0
    last_token: int = 0
    accounts: dict[int, Account] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    keys: dict[bytes, Holder] = field(default_factory=dict)
    twins: dict[bytes, frozenset[int]] = field(default_factory=dict)
    edges: dict[str, Lease] = field(default_factory=dict)
    stats: dict[int, StatsOfProduct] = field(default_factory=dict)  # by product
    points_taken_back: dict[tuple[int, int], Dated[int]] = field(default_factory=dict)  # by product, metric: last entry
    products_of: dict[int, dict[str, int]] = field(default_factory=dict)  # by account: its products by their names
    subaccounts: dict[int, dict[int, None]] = field(default_factory=dict)  # by account: those that it made, in order
    resellers: dict[int, Reseller] = field(default_factory=dict)  # by account: what is set of them
    reseller_domains: dict[str, int] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    user_names: dict[bytes, int] = field(default_factory=dict)  # by the hash of the name, of all white labels
    user_emails: dict[bytes, tuple[int, ...]] = field(default_factory=dict)  # the oldest first
    users_of: dict[int, dict[int, None]] = field(default_factory=dict)  # by account, in order
    sites: dict[int, Dated[Site | None]] = field(default_factory=dict)  # those that ended, too: none from then on
    sites_of: dict[int, dict[int, None]] = field(default_factory=dict)  # by account, in order
    access: dict[int, dict[int, bool]] = field(default_factory=dict)  # by site: its users, and who of them is an admin
    sites_of_user: dict[int, dict[int, None]] = field(default_factory=dict)
    goals: dict[int, dict[int, Dated[Goal | None]]] = field(default_factory=dict)  # by site; those that ended, too
    goal_names: dict[int, dict[str, int]] = field(default_factory=dict)  # by site: those that are there
    erasures: dict[int, Erased] = field(default_factory=dict)  # by the sequence of their entries, in order
    tokens: dict[int, Token] = field(default_factory=dict)  # those that reach several accounts
    token_hashes: dict[bytes, int] = field(default_factory=dict)
    exposed: dict[bytes, int] = field(default_factory=dict)  # by a token's hash: when others could have read it
    definitions: dict[int, DefinitionsOfProduct] = field(default_factory=dict)  # by product
    saved_reports: dict[str, SavedReport] = field(default_factory=dict)  # by UUID
    saved_reports_of: dict[int, dict[str, None]] = field(default_factory=dict)  # by product, in order
    kept_metrics: dict[str, KeptMetric] = field(default_factory=dict)  # by UUID
    kept_metrics_of: dict[int, dict[str, None]] = field(default_factory=dict)  # by product: in order
    done: dict[str, CommandId] = field(default_factory=dict)
    commands_offset: int = -1
    generation: int = 1

    def account_of_key(self, kind: KeyKind, key_hash: bytes) -> Account | None:
        """The account that a key of this kind belongs to, by one of its products or itself."""
        found = self.keys.get(key_hash)
        return self.accounts[found.account] if found is not None and found.kind is kind else None

    def product_of_key(self, kind: KeyKind, key_hash: bytes) -> Product | None:
        """The product that a key of this kind opens: its own, or the first one of the account whose key it is."""
        found = self.keys.get(key_hash)
        if found is None or found.kind is not kind:
            return None
        return self.products[self.accounts[found.account].product if found.product is None else found.product]

    def reach_of_key(self, kind: KeyKind, key_hash: bytes) -> Reach | None:
        """What an access token opens; None of one that opens nothing. An account's own opens all of that account."""
        if key_hash in self.token_hashes:
            token = self.tokens[self.token_hashes[key_hash]]
            accounts = (self.accounts[account] for account in token.accounts)
            still = [account for account in accounts if not account.is_closed]
            still.sort(key=lambda account: (account.created_ms, account.id))
            return Reach(tuple(still), token.scopes) if still else None
        account = self.account_of_key(kind, key_hash)
        return None if account is None else Reach((account,), EVERY_SCOPE)

    def owner_of(self, product: int) -> int | None:
        """The account of a product; None of one that is not there, or no more."""
        found = self.products.get(product)
        return None if found is None else found.account

    def definitions_of(self, product: int) -> DefinitionsOfProduct:
        """What its owner says of a product's events, properties and metrics, to be read."""
        return self.definitions.get(product, _NO_DEFINITIONS)

    def reseller(self, account: int) -> Reseller:
        """What is set of an account that is a white label."""
        return self.resellers.get(account, NO_SETTINGS)

    def site(self, site: int) -> Site | None:
        """A site as it is now; None where there is none, or no more."""
        dated = self.sites.get(site)
        return None if dated is None else dated.newest

    def clock_of(self, product: int) -> ClockSetting:
        """How a product's clock is set: a site's own, else by the product's time zone."""
        site = self.site(product)
        return ClockSetting(0, self.products[product].timezone or "UTC") if site is None else site.clock

    def goal(self, site: int, goal: int) -> Goal | None:
        """A goal of a site as it is now; None where there is none, or no more."""
        dated = self.goals.get(site, {}).get(goal)
        return None if dated is None else dated.newest

    def others_with(self, key: StoredKey, account: int | None) -> bool:
        """Whether another account has this key, or one of another kind that reads like it; or several have it."""
        owners = {self.keys[hash_].account for hash_ in (key.hash, *key.twins) if hash_ in self.keys}
        if key.hash in self.token_hashes:
            return True
        return bool((owners | self.twins.get(key.hash, frozenset())) - {account})

    def is_done(self, command: CommandId) -> bool:
        """Whether this command has its entry: commands of one edge are decided in their order."""
        last = self.done.get(command.edge)
        return last is not None and command[1:] <= last[1:]

    def stat(self, product: int, metric: int) -> StatRecord:
        """What was decided about a stat; an empty record where nothing was."""
        return self.stats.get(product, _NO_STATS).records.get(metric, NOTHING_DECIDED)

    def change_stat(self, product: int, metric: int, **changes: object) -> None:
        """Replaces fields of what was decided about a stat."""
        record = replace(self.stat(product, metric), **changes)  # type: ignore[arg-type] # names checked by replace
        self.change_stats(product).records[metric] = record

    def change_stats(self, product: int) -> StatsOfProduct:
        """What was decided about the stats of a product, to be changed by a fact."""
        return self.stats.setdefault(product, StatsOfProduct())

    def stats_of(self, product: int) -> StatsOfProduct:
        """What was decided about the stats of a product, to be read: the same object each time, so it may change
        between two awaits. Of a product without any it is empty.
        """
        return self.stats.get(product, _NO_STATS)

    def taken_back(self, product: int, metric: int, sequence: int) -> int:
        """The last entry, as of one, that took back points of a stat; 0 where none had. For processors, too."""
        dated = self.points_taken_back.get((product, metric))
        return 0 if dated is None else dated.at(sequence) or 0

    def metric_of(self, product: int, kind: Kind, name: str) -> int:
        """The metric that posts to a name go to: the one that was given the name, else the one whose id follows from
        it (decision 0032).
        """
        given = self.stats_of(product).given_names.get(StatName(kind, name))
        return metric_id(product, kind, name) if given is None else given

    def posted_name(self, product: int, kind: Kind, metric: int, name: str) -> str | None:
        """What an event of a metric that is called so says of its name. None where that is one that it was given
        later: its rows know it by the first one, which stands with its first event (decision 0032).
        """
        if metric == metric_id(product, kind, name) or self.stat(product, metric).renamed is None:
            return name
        return None


_NO_STATS = StatsOfProduct()
_NO_DEFINITIONS = DefinitionsOfProduct()
