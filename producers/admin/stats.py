"""The commands about stats, made from plain words."""

from collections.abc import Sequence
from typing import Any

from producers.edge.command_desk import CommandDesk, CommandRefusedError
from tilde.domain.catalog.refusals import Refusal
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
from tilde.domain.stats.fanout import trimmed
from tilde.domain.stats.metrics import Kind, metric_id, metric_uuid, short_id
from tilde.keys.keyring import Keyring
from tilde.runtime.portions import portions


class StatCommands:
    """Carries them out. Each method raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, keyring: Keyring) -> None:
        self._desk = desk
        self._keyring = keyring

    async def create(self, product: int, kind: Kind, name: str, *, spreads: bool) -> dict[str, Any]:
        """Makes a stat before its first post; returns it with its classic key. Where a `~` in the names of who asks
        spreads, a name with one is no stat's.
        """
        name = trimmed(name)  # as the names of posts are
        if spreads and "~" in name:
            raise CommandRefusedError(Refusal.BAD_STAT_NAME.name)
        await self._desk.ask(CreateStat(product, kind, name))
        metric = metric_id(product, kind, name)
        key, uuid = self._keyring.stat_key(product, kind, metric), str(metric_uuid(product, kind, name))
        return {"id": short_id(metric), "name": name, "kind": kind.value, "key": key, "uuid": uuid}

    async def delete(self, product: int, metric: int) -> None:
        """Puts a stat in the trash, for 48 hours."""
        await self._desk.ask(DeleteStat(product, metric))

    async def delete_many(self, product: int, metrics: Sequence[int]) -> None:
        """The same of many, a thousand with a command."""
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
