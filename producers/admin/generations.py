"""The commands about generations of the read models, made from plain words."""

from collections.abc import Awaitable, Callable

from producers.admin.errors import GenerationLagsError
from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.generations import ActivateGeneration

HasCaughtUp = Callable[[], Awaitable[bool]]
"""Asks the query API whether the generation being built is as far as the live one. Raises QueryApiAwayError."""


class Generations:
    """The commands. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, has_caught_up: HasCaughtUp) -> None:
        self._desk = desk
        self._has_caught_up = has_caught_up

    async def activate(self, generation: int) -> None:
        """Has a generation read from now on. Raises GenerationLagsError, QueryApiAwayError."""
        if not await self._has_caught_up():
            raise GenerationLagsError(f"generation {generation} is not built, or has not caught up yet: tilde replay")
        await self._desk.ask(ActivateGeneration(generation))
