"""Brings on partitions that were left behind: one that waits for the catalog, or that is far from what is delivered.
Deliveries pass it by, and a task of its own reads back what it misses.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from streams.drivers.catalog_wait import CatalogWait
from streams.drivers.kafka.holding import HeldPartition, Holding

LOOK_S = 1.0  # so often the catalog is read on while a partition waits for it
FAR_BEHIND_AT_ONCE = 4  # that read much back: more would leave too little of the process to the others

ReadBack = Callable[[Holding, HeldPartition, int], Awaitable[None]]
"""Folds what the log has below an offset, up to what has to wait for the catalog."""


class CatchingUp:
    """Brings on the partitions that were left behind. Of those that are far behind (`is_far`) few read back at once."""

    def __init__(
        self,
        holding: Callable[[], Holding],
        read_back: ReadBack,
        is_far: Callable[[HeldPartition], bool],
    ) -> None:
        self._holding = holding
        self._read_back = read_back
        self._is_far = is_far
        self._catalog_wait = CatalogWait("streams")
        self._left_behind = asyncio.Event()
        self._coming_up: dict[HeldPartition, asyncio.Task[None]] = {}
        self._far_behind = asyncio.Semaphore(FAR_BEHIND_AT_ONCE)

    def leave_behind(self, held: HeldPartition) -> None:
        """Has deliveries pass a partition by from now on, until it has caught up."""
        held.is_behind = True
        self._left_behind.set()

    async def run(self) -> None:
        """Brings those that are behind on, until cancelled. Ends with whatever one of them fails with."""
        try:
            while True:
                await self._left_behind.wait()
                self._left_behind.clear()
                while not await self.step():
                    await asyncio.sleep(LOOK_S)
        finally:
            for task in self._coming_up.values():
                task.cancel()

    async def step(self) -> bool:
        """Reads the catalog on for those that were left behind, and begins to read back what they missed: each in a
        task, so that none waits for another's history. False where one has to wait for the catalog still.
        """
        holding = self._holding()
        for held, task in list(self._coming_up.items()):
            if task.done():
                del self._coming_up[held]
                task.result()
        behind = [held for held in holding.partitions.values() if held.is_behind and held not in self._coming_up]
        if waiting := [held.fold for held in behind if held.fold.is_waiting]:
            await self._catalog_wait.read_on(waiting)
        may_go_on = [held for held in behind if self._catalog_wait.is_over(held.fold)]
        for held in may_go_on:
            self._coming_up[held] = task = asyncio.create_task(self._catch_up(holding, held))
            task.add_done_callback(lambda _: self._left_behind.set())  # it may have to wait again, or have failed
        return len(may_go_on) == len(behind)

    async def _catch_up(self, holding: Holding, held: HeldPartition) -> None:
        async with self._far_behind if self._is_far(held) else nullcontext(), held.lock:
            await self._come_up(holding, held)

    async def _come_up(self, holding: Holding, held: HeldPartition) -> None:
        """Until all is folded that was brought, this while too, or it has to wait again."""
        while not holding.is_over and held.next_offset < held.delivered_offset:
            await self._read_back(holding, held, held.delivered_offset)
            if held.fold.waits_for is not None:
                return
        held.is_behind = False
