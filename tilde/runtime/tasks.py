"""Background tasks that are never forgotten: the failure of one ends what runs beside it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


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


def begun(work: Coroutine[Any, Any, None], what: str) -> "asyncio.Task[None]":
    """A task that nobody waits for. What it fails with is told now; else it would be when its memory is wanted."""
    task = asyncio.create_task(work)
    task.add_done_callback(partial(_tell_bug_of, what))
    return task


def _tell_bug_of(what: str, task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (bug := task.exception()) is not None:
        task.get_loop().call_exception_handler({"message": what, "exception": bug})


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Returns when one of these ends, or raises what it raises; the others are cancelled."""
    waiting = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for wait in done:
            wait.result()
    finally:
        await cancel(*waiting)


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As asyncio.to_thread; but when it is cancelled it ends only with the call: who cancels it may then close what
    the call works on. (SQLite crashes the process where a connection is closed under a call.)
    """
    running = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # seen
        raise
