"""Stats, as far as anybody decides about them: made by hand, deleted, restored, commented on; points taken back.

A post makes its stat without a command. What of a stat's points is in sight is a Sight (`stat_records.py`).
"""

from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated, ClassVar

from tilde.domain.catalog.dated import Dated
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, Refused, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.stat_records import Comment, Deletion, Sight
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.identity import first_id_at
from tilde.domain.stats.fanout import BadNameError, taken_in
from tilde.domain.stats.metrics import Kind
from tilde.domain.texts import is_blank

TRASH_MS = 48 * 3600 * 1000  # what users of deleted stats were used to: 48 hours
COMMENT_MAX = 2_000
COMMENTS_MAX = 1_000  # of one stat: every process keeps them in memory
COMMENTED_MAX = 4_000_000  # characters of all comments of a product: 16 MB at most, in every process
MADE_MAX = 100_000  # stats of a product that are made by command: some 50 MB of records, in every process

STATS_A_COMMAND_MAX = 1_000
POINTS_A_COMMAND_MAX = 2_000  # 50 kB: a message has 1 MiB, and every process reads the catalog when it starts


@dataclass(frozen=True, slots=True)
class PostedPoint:
    """One point of a metric: its identity there, and its times."""

    event_id: int
    nth: int
    ts: Annotated[int, "Unix milliseconds, as received_at: no version of its row may change them."]
    received_at: int


@dataclass(frozen=True, slots=True)
class CreateStat(Action):
    product: int
    kind: Kind
    name: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        require_stat_name(self.name)
        metric = catalog.metric_of(self.product, self.kind, self.name)
        before = catalog.stat(self.product, metric)
        require(not before.is_made and not before.is_renamed_to(self.name), Refusal.STAT_EXISTS)
        made = catalog.stats_of(self.product).made
        require(before.created_ms is not None or made < MADE_MAX, Refusal.TOO_MANY_STATS_MADE)
        # One that was renamed and deleted is made anew: its rows are known by the name that it had first.
        name = self.name if before.renamed is None or before.name is None else before.name
        return Decision((StatCreated(self.product, metric, self.kind, name),), {"metric": metric})


def require_stat_name(name: str) -> None:
    """Refuses what can be no stat's name. A `~` is for who asks to know: not all names spread."""
    try:
        taken_in(name, spreads=False)
    except BadNameError:
        raise Refused(Refusal.BAD_STAT_NAME) from None


@dataclass(frozen=True, slots=True)
class DeleteStat(Action):
    product: int
    metric: int
    by_link: Annotated[bool, "By the link in a letter, which works once for a stat, whatever becomes of that."] = False

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        if self.by_link:
            require(not catalog.stat(self.product, self.metric).is_link_used, Refusal.LINK_USED)
        return Decision((StatDeleted(self.product, self.metric, self.by_link),), {"metric": self.metric})


@dataclass(frozen=True, slots=True)
class DeleteStats(Action):
    """Puts many stats into the trash at once, as DeleteStat does one."""

    product: int
    metrics: tuple[int, ...]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        metrics = dict.fromkeys(self.metrics)
        require(0 < len(metrics) <= STATS_A_COMMAND_MAX, Refusal.BAD_LIST)
        return Decision(tuple(StatDeleted(self.product, metric) for metric in metrics), {"stats": len(metrics)})


@dataclass(frozen=True, slots=True)
class DeletePoints(Action):
    """Takes single points back. They are named one by one, so that nothing else is ever meant, whenever it comes."""

    product: int
    metric: int
    points: tuple[PostedPoint, ...]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        require(0 < len(self.points) <= POINTS_A_COMMAND_MAX, Refusal.BAD_LIST)
        deleted = PointsDeleted(self.product, self.metric, self.points)
        return Decision((deleted,), {"points": len(self.points)})


@dataclass(frozen=True, slots=True)
class RestoreStat(Action):
    """Undoes every deletion that is in the trash."""

    product: int
    metric: int

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        # A stat may be deleted twice, as the decider cannot know whether it was posted to meanwhile; restored, it is in
        # sight: all deletions that may be undone are. The last ones of the catalog's order: a clock may have gone back.
        deletions = catalog.stat(self.product, self.metric).deletions
        in_trash = list(takewhile(lambda deletion: now_ms - deletion.at_ms <= TRASH_MS, reversed(deletions)))
        require(in_trash, Refusal.STAT_NOT_IN_TRASH)
        restored = StatRestored(self.product, self.metric)
        return Decision((restored,) * len(in_trash), {"metric": self.metric})


@dataclass(frozen=True, slots=True)
class CommentOnStat(Action):
    product: int
    metric: int
    text: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        require(0 < len(self.text) <= COMMENT_MAX, Refusal.BAD_COMMENT)
        require(not is_blank(self.text) and "\0" not in self.text, Refusal.BAD_COMMENT)
        require(len(catalog.stat(self.product, self.metric).comments) < COMMENTS_MAX, Refusal.TOO_MANY_COMMENTS)
        commented = catalog.stats_of(self.product).commented
        require(commented + len(self.text) <= COMMENTED_MAX, Refusal.COMMENTS_TOO_LONG)
        return Decision((StatCommented(self.product, self.metric, self.text),), {"metric": self.metric})


@dataclass(frozen=True, slots=True)
class StatCreated(Fact):
    """A stat made by its owner before its first post."""

    product: int
    metric: int
    kind: Kind
    name: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.stat(self.product, self.metric)
        catalog.change_stats(self.product).made += before.created_ms is None
        catalog.change_stat(
            self.product,
            self.metric,
            created_ms=entry.at_ms,
            kind=self.kind,
            name=self.name,
            made_after=len(before.deletions),
        )


@dataclass(frozen=True, slots=True)
class StatDeleted(Fact):
    """What stands in the log below the entry's `ends` is out of sight; what comes later starts the stat anew. An entry
    without `ends` is of a release that went by the time of receipt, and hides what was received before its `at_ms`.
    """

    NEEDS_ENDS: ClassVar[bool] = True

    product: int
    metric: int
    by_link: bool = False

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        before = catalog.stat(self.product, self.metric)
        sight = Sight(ends=entry.ends) if entry.ends else Sight(first_id_at(entry.at_ms))
        deletions = *before.deletions, Deletion(entry.at_ms, sight)
        is_link_used = before.is_link_used or self.by_link
        catalog.change_stat(self.product, self.metric, deletions=deletions, is_link_used=is_link_used)


@dataclass(frozen=True, slots=True)
class StatRestored(Fact):
    product: int
    metric: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        deletions = catalog.stat(self.product, self.metric).deletions
        catalog.change_stat(self.product, self.metric, deletions=deletions[:-1])


@dataclass(frozen=True, slots=True)
class StatCommented(Fact):
    product: int
    metric: int
    text: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        comments = catalog.stat(self.product, self.metric).comments
        catalog.change_stats(self.product).commented += len(self.text)
        catalog.change_stat(self.product, self.metric, comments=(*comments, Comment(entry.at_ms, self.text)))


@dataclass(frozen=True, slots=True)
class PointsDeleted(Fact):
    """These points were taken back, for ever. The rows that say so stand in the tables, and the catalog knows only that
    there were some: what a sample's point is written with later needs another identity.
    """

    product: int
    metric: int
    points: tuple[PostedPoint, ...]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        dated: Dated[int] = Dated()
        catalog.points_taken_back.setdefault((self.product, self.metric), dated).set(entry.sequence, entry.sequence)


ACTIONS = (CreateStat, DeleteStat, RestoreStat, CommentOnStat, DeleteStats, DeletePoints)
FACTS = (StatCreated, StatDeleted, StatRestored, StatCommented, PointsDeleted)
