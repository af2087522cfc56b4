"""Waiting for another process or task, in tests: until a condition holds, never for a fixed time."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 60.0  # for what has to come: only a broken program is that late, however busy the machine
PAUSE_S = 0.1  # a look often asks a process, which has other things to do


def until(condition: Callable[[], bool], patience_s: float, why: Callable[[], str]) -> None:
    """Returns as soon as the condition holds. Raises AssertionError with `why()` when it does not in time."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(PAUSE_S)


async def until_it_holds(condition: Callable[[], object], pause_s: float = 0.005) -> None:
    """Returns as soon as the condition holds, while other tasks go on. Raises TimeoutError after PATIENCE_S."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(pause_s)
