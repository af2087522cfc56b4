"""The catalog: accounts, keys, products, stat administration, edges, and which commands are done. A fold of its
entries.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import NamedTuple

from tilde.domain import facts
from tilde.domain.commands import CommandId, KeyKind, StoredKey
from tilde.domain.facts import Entry, Fact
from tilde.domain.identity import first_id_at
from tilde.domain.metrics import Kind


@dataclass(frozen=True, slots=True)
class Product:
    id: int
    account: int
    uuid: str
    domain: str


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    name: str
    created_ms: int
    product: int
    keys: Mapping[KeyKind, StoredKey]
    ez: bool = True
    email_key: bool = True


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
    """What of a stat's points is in sight. By `ends`, the offsets of the raw partitions that a point must not be below;
    empty: all are. By `first_id`, the smallest event id, where a release deleted it that knew no better.
    """

    first_id: int = 0
    ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """When it was decided, and what it left in sight."""

    at_ms: int
    sight: Sight


@dataclass(frozen=True, slots=True)
class StatRecord:
    """What was decided about one stat: when it was made by hand, its deletions (those of the last 48
    hours may be undone, the last one first), its comments.
    """

    created_ms: int | None = None
    kind: Kind | None = None
    name: str | None = None
    deletions: tuple[Deletion, ...] = ()
    made_after: int = 0  # so many deletions: the order of the catalog counts, clocks may stand or go back
    comments: tuple[Comment, ...] = ()

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
    keys: dict[bytes, tuple[KeyKind, int]] = field(default_factory=dict)
    twins: dict[bytes, frozenset[int]] = field(default_factory=dict)
    edges: dict[str, Lease] = field(default_factory=dict)
    stats: dict[int, dict[int, StatRecord]] = field(default_factory=dict)  # by product, then by metric
    made: Counter[int] = field(default_factory=Counter)  # by product: stats that were ever created by command
    commented: Counter[int] = field(default_factory=Counter)  # by product: characters of all comments
    done: dict[str, CommandId] = field(default_factory=dict)
    commands_offset: int = -1
    generation: int = 1

    def account_of_key(self, kind: KeyKind, key_hash: bytes) -> Account | None:
        """The account that a key of this kind belongs to."""
        found = self.keys.get(key_hash)
        return self.accounts[found[1]] if found is not None and found[0] is kind else None

    def others_with(self, key: StoredKey, account: int | None) -> bool:
        """Whether another account has this key, or one of another kind that reads like it."""
        owners = {self.keys[hash_][1] for hash_ in (key.hash, *key.twins) if hash_ in self.keys}
        return bool((owners | self.twins.get(key.hash, frozenset())) - {account})

    def is_done(self, command: CommandId) -> bool:
        """Whether this command has its entry: commands of one edge are decided in their order."""
        last = self.done.get(command.edge)
        return last is not None and command[1:] <= last[1:]

    def stat(self, product: int, metric: int) -> StatRecord:
        """What was decided about a stat; an empty record where nothing was."""
        return self.stats.get(product, _NO_STATS).get(metric, _NOTHING)

    def stats_of(self, product: int) -> Mapping[int, StatRecord]:
        """What was decided about the stats of a product, by metric; it grows while it is looked at."""
        return self.stats.get(product, _NO_STATS)


_NOTHING = StatRecord()
_NO_STATS: Mapping[int, StatRecord] = {}


def fold(catalog: Catalog, entry: Entry) -> bool:
    """Takes the next entry of the log in; True if it holds.

    An entry out of sequence was written by a decider that had been replaced: the first entry for a command holds, so
    it is passed over, by everybody alike.
    """
    if entry.sequence != catalog.sequence + 1:
        return False
    catalog.sequence = entry.sequence
    catalog.done[entry.command.edge] = entry.command
    catalog.commands_offset = entry.commands_offset
    for fact in entry.facts:
        apply(fact, catalog, entry)
    return True


@singledispatch
def apply(fact: Fact, catalog: Catalog, entry: Entry) -> None:
    """One fact's change of the catalog; `entry` says when and where in the log it was decided."""
    raise TypeError(f"no rule folds a {type(fact).__name__}")


@apply.register
def _(fact: facts.EdgeStarted, catalog: Catalog, entry: Entry) -> None:
    catalog.edges[fact.edge] = Lease(fact.number, fact.epoch)


@apply.register
def _(fact: facts.AccountCreated, catalog: Catalog, entry: Entry) -> None:
    keys = {key.kind: key for key in fact.keys}
    catalog.accounts[fact.account] = Account(fact.account, fact.name, entry.at_ms, fact.product, keys)
    catalog.products[fact.product] = Product(fact.product, fact.account, fact.product_uuid, fact.domain)
    catalog.names[fact.name] = fact.account
    catalog.last_account = max(catalog.last_account, fact.account)
    catalog.last_product = max(catalog.last_product, fact.product)
    for key in keys.values():
        _with_key(catalog, fact.account, key)


@apply.register
def _(fact: facts.AccountChanged, catalog: Catalog, entry: Entry) -> None:
    account = catalog.accounts[fact.account]
    catalog.accounts[fact.account] = replace(account, ez=fact.ez, email_key=fact.email_key)


@apply.register
def _(fact: facts.KeyStored, catalog: Catalog, entry: Entry) -> None:
    _without_key(catalog, fact.account, fact.key.kind)
    account = catalog.accounts[fact.account]
    catalog.accounts[fact.account] = replace(account, keys={**account.keys, fact.key.kind: fact.key})
    _with_key(catalog, fact.account, fact.key)


@apply.register
def _(fact: facts.KeyRevoked, catalog: Catalog, entry: Entry) -> None:
    _without_key(catalog, fact.account, fact.kind)


def _with_key(catalog: Catalog, account: int, key: StoredKey) -> None:
    catalog.keys[key.hash] = (key.kind, account)
    for twin in key.twins:
        catalog.twins[twin] = catalog.twins.get(twin, frozenset()) | {account}


def _without_key(catalog: Catalog, account: int, kind: KeyKind) -> None:
    holder = catalog.accounts[account]
    if kind in holder.keys:
        key = holder.keys[kind]
        del catalog.keys[key.hash]
        for twin in key.twins:
            holders = catalog.twins.pop(twin, frozenset()) - {account}
            if holders:
                catalog.twins[twin] = holders
        kept = {other: key for other, key in holder.keys.items() if other is not kind}
        catalog.accounts[account] = replace(holder, keys=kept)


def _change_stat(catalog: Catalog, product: int, metric: int, **changes: object) -> None:
    record = catalog.stat(product, metric)
    catalog.stats.setdefault(product, {})[metric] = replace(record, **changes)  # type: ignore[arg-type] # names checked by replace


@apply.register
def _(fact: facts.StatCreated, catalog: Catalog, entry: Entry) -> None:
    before = catalog.stat(fact.product, fact.metric)
    deletions = len(before.deletions)
    catalog.made[fact.product] += before.created_ms is None
    made = {"created_ms": entry.at_ms, "kind": fact.kind, "name": fact.name, "made_after": deletions}
    _change_stat(catalog, fact.product, fact.metric, **made)


@apply.register
def _(fact: facts.StatDeleted, catalog: Catalog, entry: Entry) -> None:
    before = catalog.stat(fact.product, fact.metric).deletions
    sight = Sight(ends=entry.ends) if entry.ends else Sight(first_id_at(entry.at_ms))
    _change_stat(catalog, fact.product, fact.metric, deletions=(*before, Deletion(entry.at_ms, sight)))


@apply.register
def _(fact: facts.StatRestored, catalog: Catalog, entry: Entry) -> None:
    deletions = catalog.stat(fact.product, fact.metric).deletions
    _change_stat(catalog, fact.product, fact.metric, deletions=deletions[:-1])


@apply.register
def _(fact: facts.StatCommented, catalog: Catalog, entry: Entry) -> None:
    comments = catalog.stat(fact.product, fact.metric).comments
    catalog.commented[fact.product] += len(fact.text)
    _change_stat(catalog, fact.product, fact.metric, comments=(*comments, Comment(entry.at_ms, fact.text)))


@apply.register
def _(fact: facts.GenerationActivated, catalog: Catalog, entry: Entry) -> None:
    catalog.generation = fact.generation


@apply.register
def _(fact: facts.PointsDeleted, catalog: Catalog, entry: Entry) -> None:
    """Nothing: the rows that say so stand in the tables."""
