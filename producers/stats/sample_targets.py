"""Where samples go: to the stat of a name, which follows from it, or to the one of an id, which has to be there."""

from producers.stats.sample_writer import Target
from producers.web.questions import Questions
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.nouns import NAME_FACTS
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.stats import StatDeleted
from tilde.domain.stats.fanout import taken_in
from tilde.domain.stats.metrics import Kind
from tilde.memo import Memo

TARGETS_MAX = 100_000  # remembered, by name and by id: some 50 MB


class SampleTargets:
    """The targets that one dialect has written to lately, remembered until the catalog says something new of a stat. A
    sample is of one stat, so a `~` in a name is a character like all others.
    """

    def __init__(self, follower: CatalogFollower, questions: Questions, kind: Kind) -> None:
        """`kind` is that of stats which are made by their first sample."""
        self._catalog = follower.catalog
        self._questions = questions
        self._kind = kind
        self._by_name = Memo[tuple[int, str], Target](TARGETS_MAX)
        self._by_id = Memo[tuple[int, int], Target](TARGETS_MAX)
        follower.listen(self._forget, StatDeleted, *NAME_FACTS)

    def _forget(self, entry: Entry) -> None:
        self._by_name.clear()
        self._by_id = Memo(TARGETS_MAX)  # what is asked for at the moment is kept where nobody looks any more

    def named(self, product: int, name: str) -> Target:
        """The target of a name, which is made by its first sample. Raises BadNameError."""
        target = self._by_name.get((product, name))
        if target is None:
            taken_in(name, spreads=False)
            target = self._by_name.keep((product, name), self._of_name(product, name))
        return target

    def _of_name(self, product: int, name: str) -> Target:
        kind = self._kind
        metric = self._catalog.metric_of(product, kind, name)
        return Target.of(product, metric, kind, self._catalog.posted_name(product, kind, metric, name))

    async def of_id(self, account: Account, metric: int) -> Target | None:
        """The one of an id, in whichever product of the account it is in sight. None where it is in none. Raises
        QueryApiAwayError.
        """
        for product in sorted(self._catalog.products_of[account.id].values()):
            target = self._by_id.get((product, metric)) or await self._in_sight(product, metric)
            if target is not None:
                return target
        return None

    async def _in_sight(self, product: int, metric: int) -> Target | None:
        by_id = self._by_id
        found = await self._questions.stat(product, metric)
        if found is None:
            return None
        kind, name = found
        target = Target.of(product, metric, kind, self._catalog.posted_name(product, kind, metric, name))
        return by_id.keep((product, metric), target)
