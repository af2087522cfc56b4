"""Sends what stands in the outbox: the commands in order, and the letters of each destination, each by itself."""

import asyncio
from collections.abc import Callable
from functools import partial

from tilde.domain.log.identity import is_plausible
from tilde.eventlog import LogError
from tilde.eventlog.bell import wait_for
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage, tell
from watchers.contract import Commands, Destination, NotNowError, RefusedForGoodError
from watchers.outbox import DELIVERY_MS_MAX, TRIES_MAX, Outbox, WaitingLetter

BATCHES_MAX = 100
AT_ONCE_MAX = 8  # letters in one destination's hands: so many slow ones keep the others waiting, for a minute at most
POLL_S = 5.0  # a letter that was put off is late by this at most
RETRY_S_MIN, RETRY_S_MAX = 0.2, 5.0


class CommandDelivery:
    """Sends commands in the order in which they were asked for: a source's have to come in rising order. The log is
    waited for, without an end.
    """

    def __init__(self, outbox: Outbox, commands: Commands, clock: Clock) -> None:
        self._outbox = outbox
        self._commands = commands
        self._clock = clock
        self._woken = asyncio.Event()
        outage = Outage("watchers", "the way to topic commands")
        self._retrying = Retrying(LogError, RETRY_S_MIN, RETRY_S_MAX, outage)

    def wake(self) -> None:
        """Says that something was put in."""
        self._woken.set()

    async def run(self) -> None:
        """Sends until cancelled."""
        while True:
            if not await self._retrying.run(self.step):
                await wait_for(self._woken, POLL_S)

    async def step(self) -> int:
        """Sends the oldest, and strikes out those that are there; returns how many looks' these were. Raises LogError
        where none is.
        """
        if not is_plausible(self._clock.now_ms()):  # the decider may have the same clock, and refuse for good
            return 0
        sealed = self._outbox.commands(BATCHES_MAX)
        if not sealed:
            return 0
        sent = await self._commands.send([each.batch for each in sealed])
        self._outbox.strike_out(*(each.seq for each in sealed[:sent]))
        return sent


class LetterDelivery:
    """Hands the letters of one destination over, several at once, so that none waits for one that is refused.

    `delivered`: how many, since the start; `trouble`: why the last one that was put off was, None once one is there.
    """

    def __init__(self, outbox: Outbox, destination: Destination, clock: Clock) -> None:
        self._outbox = outbox
        self._destination = destination
        self._clock = clock
        self._woken = asyncio.Event()
        self._in_hands: dict[int, asyncio.Task[None]] = {}
        self.delivered = 0
        self.trouble: str | None = None
        self._retrying = Retrying(LogError, RETRY_S_MAX, outage=Outage("watchers", "the outbox"))

    def wake(self) -> None:
        """Says that something was put in, or that a hand is free."""
        self._woken.set()

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                if not await self._retrying.run(partial(self._begin, tasks)):
                    await wait_for(self._woken, POLL_S)

    async def step(self) -> int:
        """Tries each letter that is due once, as many at once as there are hands; returns how many. Raises LogError."""
        tried = 0
        while True:
            async with asyncio.TaskGroup() as tasks:
                begun = await self._begin(tasks)
            tried += begun
            if not begun:
                return tried

    async def _begin(self, tasks: asyncio.TaskGroup) -> int:
        free = AT_ONCE_MAX - len(self._in_hands)
        if not free:
            return 0
        name, now_ms = self._destination.name, self._clock.now_ms()
        letters = self._outbox.begin(name, now_ms, free, frozenset(self._in_hands))
        for letter in letters:
            task = self._in_hands[letter.seq] = tasks.create_task(self._deliver(letter))
            task.add_done_callback(partial(self._let_go, letter.seq))
        return len(letters)

    def _let_go(self, seq: int, _: asyncio.Task[None]) -> None:
        del self._in_hands[seq]
        self.wake()

    async def _deliver(self, letter: WaitingLetter) -> None:
        if letter.tries > TRIES_MAX:
            await self._give_up(letter, "the last try ended with the process")
            return
        try:
            async with asyncio.timeout(DELIVERY_MS_MAX / 1000):
                await self._destination.deliver(letter.id, letter.body)
        except RefusedForGoodError as error:
            await self._give_up(letter, f"refused for good: {error}")
        except (NotNowError, TimeoutError) as error:
            await self._put_off(letter, str(error) or "no answer")
        else:
            self.delivered += 1
            self._is_well()
            await self._surely(lambda: self._outbox.strike_out(letter.seq))

    async def _put_off(self, letter: WaitingLetter, why: str) -> None:
        if self.trouble is None:
            tell("watchers", f"letters to {self._destination.name} wait, and are tried again for three days: {why}")
        self.trouble = why
        if letter.tries == TRIES_MAX:
            await self._give_up(letter, why)
        else:
            await self._surely(lambda: self._outbox.put_off(letter, self._clock.now_ms()))

    def _is_well(self) -> None:
        if self.trouble is not None:
            tell("watchers", f"letters to {self._destination.name} are taken again")
        self.trouble = None

    async def _give_up(self, letter: WaitingLetter, why: str) -> None:
        await self._surely(lambda: self._outbox.give_up(letter, why))
        tell("watchers", f"letter {letter.id} to {self._destination.name} is dead after {letter.tries} tries: {why}")

    async def _surely(self, write: Callable[[], object]) -> None:
        """Writes down what has become of a letter, and tries again while the disk is full; nobody else takes the letter
        meanwhile.
        """

        async def written() -> None:
            write()

        await self._retrying.run(written)
