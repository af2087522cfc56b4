"""Waiting for another process or task, in tests: until a condition holds, or until somebody tells what is waited for;
never for a fixed time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0  # for what has to come: only a broken program is that late, however busy the machine
PAUSE_S = 0.1  # a look often asks a process, which has other things to do


def until(condition: Callable[[], bool], patience_s: float, why: Callable[[], str]) -> None:
    """Returns as soon as the condition holds. Raises AssertionError with `why()` when it does not in time."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(PAUSE_S)


async def until_told(
    ask: Callable[[], Awaitable[T]], is_it: Callable[[T], object], pause_s: float = 0.01, patience_s: float = PATIENCE_S
) -> T:
    """What `ask` tells once that is what is waited for, while other tasks go on: `until_told(count, lambda n: n == 3)`.
    Raises TimeoutError after `patience_s`.
    """
    async with asyncio.timeout(patience_s):
        while not is_it(told := await ask()):
            await asyncio.sleep(pause_s)
    return told


async def until_it_holds(
    condition: Callable[[], object], pause_s: float = 0.005, patience_s: float = PATIENCE_S
) -> None:
    """Returns as soon as the condition holds, while other tasks go on. Raises TimeoutError after `patience_s`."""
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(pause_s)
