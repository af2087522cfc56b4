"""What an owner says of a stat: its name, who may see it, whether it stands in mails, a url (decision 0032).

A stat keeps its id whatever its name is. Posts to a name go where `Catalog.metric_of` says. A name that a stat gave up
is free: posts to it make another stat, whose id is decided here.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.stat_records import NO_SETTINGS, StatName, StatSettings
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import require_stat_name
from tilde.domain.stats.metrics import Kind, metric_id

GIVEN_NAMES_MAX = 20_000  # of a product: each is a record or two of 500 bytes, in every process
WITH_SETTINGS_MAX = 100_000  # stats of a product
URL_MAX = 2_000


@dataclass(frozen=True, slots=True)
class ChangeStat(Action):
    """Renames a stat, or says something else of it; what is null stays as it is."""

    product: int
    metric: int
    kind: Kind
    was: Annotated[str, "Its name as its sender knows it: of a stat that was only posted to, the catalog has none."]
    name: str | None
    is_public: bool | None
    in_email: bool | None
    url: Annotated[str | None, "Empty: none from now on."]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        before = catalog.stat(self.product, self.metric)
        was, kind = before.known_as or self.was, before.kind or self.kind
        if before.name is None:
            require(metric_id(self.product, kind, was) == self.metric, Refusal.UNKNOWN_STAT)
        renamed = () if self.name is None or self.name == was else (self._renamed(catalog, kind, was, self.name),)
        return Decision((*renamed, *self._changed(catalog, before.settings)), {"metric": self.metric})

    def _renamed(self, catalog: Catalog, kind: Kind, was: str, name: str) -> "StatRenamed":
        require_stat_name(name)
        other = catalog.metric_of(self.product, kind, name)
        require(other == self.metric or not _is_held(catalog, self.product, other, name), Refusal.STAT_NAME_TAKEN)
        given_names = catalog.stats_of(self.product).given_names
        require(len(given_names) + 2 <= GIVEN_NAMES_MAX, Refusal.TOO_MANY_NAMES)
        # A control character is in no name, so nothing else has this id; the next one to give the name up gets another.
        heir = metric_id(self.product, kind, f"{was}\0{catalog.sequence + 1}")
        gives_up = catalog.metric_of(self.product, kind, was) == self.metric
        return StatRenamed(self.product, self.metric, kind, was, name, heir if gives_up else None)

    def _changed(self, catalog: Catalog, before: StatSettings) -> tuple["StatChanged", ...]:
        if self.is_public is None and self.in_email is None and self.url is None:
            return ()
        is_public = before.shared is not None if self.is_public is None else self.is_public
        in_email = before.in_email if self.in_email is None else self.in_email
        url = before.url if self.url is None else self.url
        require(len(url) <= URL_MAX and (url.isprintable() or not url), Refusal.BAD_STAT_URL)
        with_settings = catalog.stats_of(self.product).with_settings
        require(before is not NO_SETTINGS or with_settings < WITH_SETTINGS_MAX, Refusal.TOO_MANY_SETTINGS)
        return (StatChanged(self.product, self.metric, is_public, in_email, url),)


def _is_held(catalog: Catalog, product: int, metric: int, name: str) -> bool:
    """Whether the catalog knows that a stat in sight has a name. Of one that was only posted to it knows nothing: who
    asks for the name has looked at the tables.
    """
    record = catalog.stat(product, metric)
    return record.is_renamed_to(name) or (record.is_made and record.known_as == name)


@dataclass(frozen=True, slots=True)
class StatRenamed(Fact):
    """Posts to `name` go to this stat from now on."""

    CHANGES_NAMES: ClassVar[bool] = True

    product: int
    metric: int
    kind: Kind
    was: str
    name: str
    heir: Annotated[int | None, "The metric that posts to `was` go to from now on; null: to where they went."]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        given_names = catalog.change_stats(self.product).given_names
        if self.heir is not None:
            given_names[StatName(self.kind, self.was)] = self.heir
            catalog.change_stat(self.product, self.heir, kind=self.kind, name=self.was)
        given_names[StatName(self.kind, self.name)] = self.metric
        before = catalog.stat(self.product, self.metric)
        catalog.change_stat(
            self.product,
            self.metric,
            kind=self.kind,
            name=self.was if before.name is None else before.name,
            renamed=self.name,
            changed_ms=entry.at_ms,
            renamed_after=len(before.deletions),
        )


@dataclass(frozen=True, slots=True)
class StatChanged(Fact):
    product: int
    metric: int
    is_public: bool
    in_email: bool
    url: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.stat(self.product, self.metric).settings
        catalog.change_stats(self.product).with_settings += before is NO_SETTINGS
        since = entry.sequence if before.shared is None else before.shared
        settings = StatSettings(since if self.is_public else None, self.in_email, self.url)
        catalog.change_stat(self.product, self.metric, settings=settings, changed_ms=entry.at_ms)


ACTIONS = (ChangeStat,)
FACTS = (StatRenamed, StatChanged)
