"""Where the events of a stat go: its partition, and the part of an event's encoding that is the same in all of them."""

from typing import NamedTuple

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.nouns import NAME_FACTS
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.stats.fanout import NAME_MAX_CODE_POINTS, has_tilde, taken_in
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.memo import Memo
from tilde.schemas.hot import posted_name
from tilde.schemas.topics import STATS

TARGETS_MAX = 200_000  # remembered, by name: about 50 MB. Wide fan-outs are not: each may be 100 kB


PostedName = tuple[int, Kind, str]
"""A product, the kind of a stat, and the name as it was posted."""


class StatTarget(NamedTuple):
    """The place where the events of a posted name go, and the part of their encoding that is always the same."""

    partition: int
    name: bytes
    spreads: bool = True
    """Whether a `~` in the name spreads it. True of a name without one in any case, so that its events are sealed in
    one batch with those that spread.
    """
    others: tuple["StatTarget", ...] = ()
    """Where else the same event has to be written. Of `shop~paid,late` where stat `shop late` was renamed, each
    gets an event of its own, since no name stands for both any more: the first is this target, the rest are these.
    """


class StatTargets(Memo[PostedName, StatTarget]):
    """Where posts to names go: `targets[product, kind, name]`, `~` and all. Raises BadNameError where a name cannot be
    a stat's. Those that its dialect has posted to lately cost one look-up of a dict each.

    In its names a `~` spreads, or is a character like all others. They are looked up in the catalog: a stat may have
    been renamed (decision 0032).
    """

    def __init__(self, follower: CatalogFollower, *, spreads: bool) -> None:
        super().__init__(TARGETS_MAX)
        self._catalog = follower.catalog
        self._spreads = spreads
        follower.listen(self._forget, *NAME_FACTS)

    def _forget(self, entry: Entry) -> None:
        self.clear()

    def __missing__(self, posted: PostedName) -> StatTarget:
        product, kind, name = posted
        stats = taken_in(name, spreads=self._spreads)
        target = self._given(product, kind, stats) or self._own(product, kind, name)
        return target if len(name) > NAME_MAX_CODE_POINTS else self.keep(posted, target)

    def _own(self, product: int, kind: Kind, name: str) -> StatTarget:
        """Of a name whose metrics follow from it."""
        spreads = self._spreads or not has_tilde(name)
        return _target(product, metric_id(product, kind, name), kind, name, spreads=spreads)

    def _given(self, product: int, kind: Kind, stats: list[str]) -> StatTarget | None:
        """Of a name of which a stat was given to another metric than its own; None where none was."""
        given = self._catalog.stats_of(product).given_names
        if not given or not any((kind, stat) in given for stat in stats):
            return None
        first, *others = [self._of_stat(product, kind, stat) for stat in stats]
        return first._replace(others=tuple(others))

    def _of_stat(self, product: int, kind: Kind, stat: str) -> StatTarget:
        metric = self._catalog.metric_of(product, kind, stat)
        name = self._catalog.posted_name(product, kind, metric, stat)
        if name is None:
            return self.of_metric(product, kind, metric)
        return _target(product, metric, kind, name, spreads=self._spreads or not has_tilde(name))

    @staticmethod
    def of_metric(product: int, kind: Kind, metric: int) -> StatTarget:
        """The target of posts that name a metric by its key."""
        return _target(product, metric, kind, None, spreads=True)


def _target(product: int, metric: int, kind: Kind, name: str | None, *, spreads: bool) -> StatTarget:
    partition = partition_of_metric(metric, STATS.partitions)
    return StatTarget(partition, posted_name(product, metric, kind, name), spreads)
