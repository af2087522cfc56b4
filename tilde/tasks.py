"""Background tasks that are never forgotten: the failure of one ends what runs beside it."""

import asyncio
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


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """Cancels tasks and waits until they have ended. What one failed with is for who ran it: it is not raised here."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen
