"""How long something takes that is asked for again and again, one at a time."""

import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

WARM_UP = 10


class Took(NamedTuple):
    """Milliseconds: of CPU a time, and by the clock."""

    cpu: float
    p50: float
    p99: float


async def timed(ask: Callable[[int], Awaitable[object]], times: int) -> Took:
    """Asks with 0, 1, 2 ..; before that, unmeasured, with numbers below 0."""
    for n in range(-WARM_UP, 0):
        await ask(n)
    took, cpu_s = [], time.process_time()
    for n in range(times):
        began_s = time.perf_counter()
        await ask(n)
        took.append((time.perf_counter() - began_s) * 1000)
    took.sort()
    return Took((time.process_time() - cpu_s) * 1000 / times, took[times // 2], took[times * 99 // 100])
