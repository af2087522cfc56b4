"""The one thread that an edge's log is written in. There and back costs 15 us of CPU; an executor's 45, since it serves
more callers than one and more threads.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any


class LogThread:
    """Runs one call at a time, in the order asked. For one event loop. Its end is not waited for when the process ends:
    what was not answered was promised to nobody.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="edge-log", daemon=True)
        self._thread.start()

    def run(self, call: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """What a call returns, or raises."""
        told: asyncio.Future[Any] = self._loop.create_future()
        self._asked.put((partial(call, *arguments), told))
        return told

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            call, told = asked
            try:
                tell = partial(_return, told, call())
            except BaseException as error:  # noqa: BLE001 - it is its caller's
                tell = partial(_raise, told, error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(tell)
            del asked, call, told, tell  # else the last one's would be kept until the next

    def close(self) -> None:
        """Returns when all that was asked is done."""
        self._asked.put(None)
        self._thread.join()


def _return(told: asyncio.Future[Any], result: Any) -> None:
    if not told.done():  # else its caller was cancelled
        told.set_result(result)


def _raise(told: asyncio.Future[Any], error: BaseException) -> None:
    if not told.done():
        told.set_exception(error)
