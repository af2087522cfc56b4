"""The state of the catalog: accounts, keys, products, what was decided about stats, edges, and which commands are done.

Facts alone change it (`entries.py`); everybody who follows `catalog` has the same.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import Kind, metric_id


class CommandId(NamedTuple):
    """Which command: its place in the log of the edge that took it. `index` is its place in the sealed batch."""

    edge: str
    epoch: int
    offset: int
    index: int  # type: ignore[assignment] # the schema's word; a tuple has a method of that name


@dataclass(frozen=True, slots=True)
class Product:
    """`timezone` is an IANA name; None where nobody said one."""

    id: int
    account: int
    uuid: str
    domain: str
    keys: Mapping[KeyKind, StoredKey]
    name: str
    created_ms: int
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`product` is the first one, which every account begins with. `partner` is the account that made it, where one
    did, and `details` what that one says of it, sealed. One that is closed has no keys, and gets none.
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

    def is_on(self, switch: Switch) -> bool:
        """Whether it was not switched off."""
        return switch not in self.off


class StatName(NamedTuple):
    """What posts name: a count and a value of one name are two stats."""

    kind: Kind
    name: str


class Holder(NamedTuple):
    """Whose a key is: an account's, or that of one of its products."""

    kind: KeyKind
    account: int
    product: int | None


@dataclass(frozen=True, slots=True)
class Lease:
    """An edge's number, and the last epoch it began."""

    number: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Comment:
    at_ms: int
    text: str


class Sight(NamedTuple):
    """Which points of a stat are in sight: those at or above the offset that `ends` has for their raw partition, or all
    where it is empty; and of these, those with an event id from `first_id` on (older releases deleted by that).
    """

    first_id: int = 0
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """When it was decided, and what it left in sight."""

    at_ms: int
    sight: Sight


@dataclass(frozen=True, slots=True)
class StatSettings:
    """What its owner says of a stat. `shared` is the entry since which everybody may see it who has its public id (see
    `Keyring.public_id`); None where nobody may.
    """

    shared: int | None = None
    in_email: bool = False
    url: str = ""


NO_SETTINGS = StatSettings()


@dataclass(frozen=True, slots=True)
class StatRecord:
    """What was decided about one stat: when it was made by hand, its deletions (those of the last 48
    hours may be undone, the last one first), its comments, its settings. `name` is the one that it was first known by,
    where the catalog has to know it; `renamed` the one that it has now, where that is another one.
    """

    created_ms: int | None = None
    kind: Kind | None = None
    name: str | None = None
    deletions: tuple[Deletion, ...] = ()
    made_after: int = 0  # so many deletions: the order of the catalog counts, clocks may stand or go back
    comments: tuple[Comment, ...] = ()
    renamed: str | None = None
    renamed_after: int = 0  # so many deletions, as made_after
    settings: StatSettings = NO_SETTINGS
    changed_ms: int | None = None  # when name or settings were changed last

    @property
    def known_as(self) -> str | None:
        """Its name, as far as the catalog knows."""
        return self.name if self.renamed is None else self.renamed

    @property
    def is_made(self) -> bool:
        """Whether it was created by command, and not deleted since."""
        return self.created_ms is not None and len(self.deletions) <= self.made_after

    @property
    def sight(self) -> Sight:
        """What is in sight: all, where the stat was never deleted."""
        return self.deletions[-1].sight if self.deletions else EVERYTHING

    @property
    def deleted_ms(self) -> int | None:
        """When it was last deleted; None where it was not."""
        return self.deletions[-1].at_ms if self.deletions else None


EVERYTHING = Sight()


@dataclass(slots=True)
class Catalog:
    """The state after `sequence` entries. `apply` folds into it in place: it grows with every account ever made."""

    sequence: int = 0
    last_account: int = 0  # ids are counted, so that none is given out twice, whatever is deleted
    last_product: int = 0
    accounts: dict[int, Account] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    keys: dict[bytes, Holder] = field(default_factory=dict)
    twins: dict[bytes, frozenset[int]] = field(default_factory=dict)
    edges: dict[str, Lease] = field(default_factory=dict)
    stats: dict[int, dict[int, StatRecord]] = field(default_factory=dict)  # by product, then by metric
    made: Counter[int] = field(default_factory=Counter)  # by product: stats that were ever created by command
    commented: Counter[int] = field(default_factory=Counter)  # by product: characters of all comments
    settled: Counter[int] = field(default_factory=Counter)  # by product: stats whose settings were ever changed
    given_names: dict[int, dict[StatName, int]] = field(default_factory=dict)  # by product: see `metric_of`
    products_of: dict[int, dict[str, int]] = field(default_factory=dict)  # by account: its products by their names
    subaccounts: dict[int, dict[int, None]] = field(default_factory=dict)  # by account: those that it made, in order
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

    def others_with(self, key: StoredKey, account: int | None) -> bool:
        """Whether another account has this key, or one of another kind that reads like it."""
        owners = {self.keys[hash_].account for hash_ in (key.hash, *key.twins) if hash_ in self.keys}
        return bool((owners | self.twins.get(key.hash, frozenset())) - {account})

    def is_done(self, command: CommandId) -> bool:
        """Whether this command has its entry: commands of one edge are decided in their order."""
        last = self.done.get(command.edge)
        return last is not None and command[1:] <= last[1:]

    def stat(self, product: int, metric: int) -> StatRecord:
        """What was decided about a stat; an empty record where nothing was."""
        return self.stats.get(product, _NO_STATS).get(metric, _NOTHING)

    def change_stat(self, product: int, metric: int, **changes: object) -> None:
        """Replaces fields of what was decided about a stat."""
        record = replace(self.stat(product, metric), **changes)  # type: ignore[arg-type] # names checked by replace
        self.stats.setdefault(product, {})[metric] = record

    def metric_of(self, product: int, kind: Kind, name: str) -> int:
        """The metric that posts to a name go to: the one that was given the name, else the one whose id follows from
        it (decision 0032).
        """
        given = self.given_names.get(product, _NO_NAMES).get(StatName(kind, name))
        return metric_id(product, kind, name) if given is None else given

    def stats_of(self, product: int) -> Mapping[int, StatRecord]:
        """What was decided about the stats of a product, by metric; it grows while it is looked at."""
        return self.stats.get(product, _NO_STATS)


_NOTHING = StatRecord()
_NO_STATS: Mapping[int, StatRecord] = {}
_NO_NAMES: Mapping[StatName, int] = {}
