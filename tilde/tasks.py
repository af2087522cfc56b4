"""Background tasks that are never forgotten: the failure of one ends what runs beside it."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def beside(background: Iterable[asyncio.Task[Any]], work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; raises what a background task raises, as soon as one ends before it."""
    working = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([working, *background], return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        await cancel(working)
        raise
    if working in done:
        return working.result()
    await cancel(working)
    for task in done:
        task.result()
    raise RuntimeError("a background task ended by itself")


async def cancel(task: asyncio.Future[Any]) -> None:
    """Cancels a task and waits until it has ended."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
