"""Finds a stat by its short id, for every dialect."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from api.reads.stats.stat import Named, Stat
from api.reads.stats.stats import Stats, Where
from api.reads.unanswered import NotFoundError
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import metric_of_short_id

T = TypeVar("T")
NOT_FOUND = "stat not found"


async def named_in_sight(stats: Stats, account: Account, id_: str) -> Named:
    """What the stat of a short id is called. Raises NotFoundError."""
    return await _found(id_, partial(stats.named, account.product))


async def stat_in_sight(stats: Stats, account: Account, id_: str) -> Stat:
    """The stat of a short id. Raises NotFoundError."""
    return await _found(id_, partial(stats.find, account.product))


async def _found(id_: str, find: Callable[[int], Awaitable[T | None]]) -> T:
    metric = metric_of_short_id(id_)
    found = None if metric is None else await find(metric)
    if found is None:
        raise NotFoundError(NOT_FOUND)
    return found


async def in_sight(stats: Stats, account: Account, id_: str, read: Callable[[Where], Awaitable[T]]) -> tuple[Named, T]:
    """What the stat of a short id is called, and what `read` finds of it, asked at once. Raises NotFoundError."""
    metric = metric_of_short_id(id_)
    if metric is None:
        raise NotFoundError(NOT_FOUND)
    where = stats.where(account.product, metric)
    named, found = await asyncio.gather(stats.named(account.product, metric), read(where))
    if named is None:
        raise NotFoundError(NOT_FOUND)
    return named, found
