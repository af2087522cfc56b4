"""Finds a stat by its short id, for every dialect."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.reads.refused import RefusedError
from api.reads.stat import Named
from api.reads.stats import Stats, Where
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import metric_of_short_id

T = TypeVar("T")
NOT_FOUND = "stat not found"


async def named_in_sight(stats: Stats, account: Account, id_: str) -> Named:
    """What the stat of a short id is called. Raises RefusedError."""
    metric = metric_of_short_id(id_)
    named = None if metric is None else await stats.named(account.product, metric)
    if named is None:
        raise RefusedError(404, NOT_FOUND)
    return named


async def in_sight(stats: Stats, account: Account, id_: str, read: Callable[[Where], Awaitable[T]]) -> tuple[Named, T]:
    """What the stat of a short id is called, and what `read` finds of it, asked at once. Raises RefusedError."""
    metric = metric_of_short_id(id_)
    if metric is None:
        raise RefusedError(404, NOT_FOUND)
    where = stats.where(account.product, metric)
    named, found = await asyncio.gather(stats.named(account.product, metric), read(where))
    if named is None:
        raise RefusedError(404, NOT_FOUND)
    return named, found
