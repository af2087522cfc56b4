"""The commands about stats, made from plain words."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from producers.edge.command_desk import CommandDesk, CommandRefusedError
from tilde.domain.catalog.entries import Refused
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.stat_records import StatSettings
from tilde.domain.catalog.stat_settings import ChangeStat
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import (
    POINTS_A_COMMAND_MAX,
    STATS_A_COMMAND_MAX,
    CommentOnStat,
    CreateStat,
    DeletePoints,
    DeleteStat,
    DeleteStats,
    PostedPoint,
    RestoreStat,
)
from tilde.domain.stats.metrics import Kind, metric_uuid, short_id
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring
from tilde.runtime.portions import portions

FindStat = Callable[[int, int], Awaitable[tuple[Kind, str] | None]]
"""Kind and name of a product's metric, asked of the query API unless the catalog knows it; None where no such stat is
in sight. It sees what was acknowledged before. Raises QueryApiAwayError.
"""


@dataclass(frozen=True, slots=True)
class StatChanges:
    """What is to become of a stat; None leaves something as it is. An empty `url` is none."""

    name: str | None = None
    is_public: bool | None = None
    in_email: bool | None = None
    url: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether a stat stays as it is in everything."""
        return self == StatChanges()


class StatCommands:
    """Carries them out. Each method raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring, find: FindStat) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring
        self._find = find

    async def create(self, product: int, kind: Kind, name: str, *, spreads: bool) -> dict[str, Any]:
        """Makes a stat before its first post; returns it with its key. Where a `~` in the names of who asks
        spreads, a name with one is no stat's.
        """
        name = trimmed(name)  # as the names of posts are
        _require_whole(name, spreads=spreads)
        entry = await self._desk.ask(CreateStat(product, kind, name))
        metric = entry.reply["metric"]
        first_name = self._catalog.stat(product, metric).name or name
        key, uuid = self._keyring.stat_key(product, kind, metric), str(metric_uuid(product, kind, metric, first_name))
        return {"id": short_id(metric), "name": name, "kind": kind.value, "key": key, "uuid": uuid}

    async def create_unposted(
        self, product: int, kind: Kind, name: str, changes: StatChanges = StatChanges(), *, spreads: bool
    ) -> int:
        """Makes a stat as `create` does, and says of it what `changes` has beside a name; returns its id. Where that
        would be refused nothing is made.

        It is refused with STAT_EXISTS where posts have made it already. Raises QueryApiAwayError besides.
        """
        name = trimmed(name)
        metric = self._catalog.metric_of(product, kind, name)
        if await self._find(product, metric) is not None:
            raise CommandRefusedError(Refusal.STAT_EXISTS)
        says = ChangeStat(product, metric, kind, name, None, changes.is_public, changes.in_email, changes.url)
        try:
            says.decide(self._catalog, 0)  # as the decider will, unless somebody comes between
        except Refused as refused:
            raise CommandRefusedError(refused.refusal) from None
        await self.create(product, kind, name, spreads=spreads)
        if not changes.is_nothing:
            await self._desk.ask(says)
        return metric

    async def change(self, product: int, metric: int, changes: StatChanges, *, spreads: bool) -> tuple[Kind, str]:
        """Renames a stat, or says something else of it; returns its kind, and the name that it has now. One that is
        shared gets a public id (`public_id`).

        It is refused with UNKNOWN_STAT where no such stat is in sight, and with STAT_NAME_TAKEN where another one of
        that kind is in sight under the new name. Raises QueryApiAwayError besides.
        """
        kind, was = await self._found(product, metric)
        name = None if changes.name is None else trimmed(changes.name)
        if name is not None and name != was:
            _require_whole(name, spreads=spreads)
            other = self._catalog.metric_of(product, kind, name)
            if other != metric and await self._find(product, other) is not None:
                raise CommandRefusedError(Refusal.STAT_NAME_TAKEN)
        command = ChangeStat(product, metric, kind, was, name, changes.is_public, changes.in_email, changes.url)
        await self._desk.ask(command)
        return kind, was if name is None else name

    async def in_sight(self, product: int, metric: int) -> tuple[Kind, str] | None:
        """Kind and name of a stat; None where no such stat is in sight. Raises QueryApiAwayError alone."""
        return await self._find(product, metric)

    async def _found(self, product: int, metric: int) -> tuple[Kind, str]:
        found = await self._find(product, metric)
        if found is None:
            raise CommandRefusedError(Refusal.UNKNOWN_STAT)
        return found

    def settings(self, product: int, metric: int) -> StatSettings:
        """What its owner has said of a stat."""
        return self._catalog.stat(product, metric).settings

    def public_id(self, product: int, metric: int) -> str | None:
        """What stands for a shared stat in public urls; None where it is not shared."""
        since = self._catalog.stat(product, metric).settings.shared
        return None if since is None else self._keyring.public_id(product, metric, since)

    async def delete(self, product: int, metric: int) -> None:
        """Puts a stat in the trash, for 48 hours."""
        await self._desk.ask(DeleteStat(product, metric))

    async def delete_by_link(self, product: int, metric: int) -> None:
        """Puts a stat in the trash by the link in a letter. It is refused with LINK_USED where a link to this stat was
        used before.
        """
        await self._desk.ask(DeleteStat(product, metric, by_link=True))

    def is_link_used(self, product: int, metric: int) -> bool:
        """Whether `delete_by_link` would be refused: a link to this stat was used before."""
        return self._catalog.stat(product, metric).is_link_used

    async def delete_many(self, product: int, metrics: Sequence[int]) -> None:
        """Puts many stats in the trash, a thousand with a command."""
        for some in portions(metrics, STATS_A_COMMAND_MAX):
            await self._desk.ask(DeleteStats(product, tuple(some)))

    async def delete_points(self, product: int, metric: int, points: Sequence[PostedPoint]) -> None:
        """Takes single points back, for ever."""
        for some in portions(points, POINTS_A_COMMAND_MAX):
            await self._desk.ask(DeletePoints(product, metric, tuple(some)))

    async def restore(self, product: int, metric: int) -> None:
        """Takes a stat out of the trash."""
        await self._desk.ask(RestoreStat(product, metric))

    async def comment(self, product: int, metric: int, text: str) -> None:
        """Keeps a remark about a stat."""
        await self._desk.ask(CommentOnStat(product, metric, text))


def _require_whole(name: str, *, spreads: bool) -> None:
    if spreads and "~" in name:
        raise CommandRefusedError(Refusal.BAD_STAT_NAME)
