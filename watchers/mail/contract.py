"""The ports of mail: who writes a letter, and who carries it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from watchers.mail.letter import Letter

Write = Callable[[dict[str, Any]], Awaitable[Letter | None]]
"""Writes the letter that a watcher asked for, as everything is now: with the address of whom it is for. None where it
is for nobody any more. Raises StoreError and LogError where that cannot be read, RefusedForGoodError where there is
nothing that could be sent.
"""


class Carrier(Protocol):
    """Brings a message to whom it is for."""

    async def carry(self, id_: str, to: str, message: bytes) -> None:
        """Returns once it is there for good. Raises RefusedForGoodError, NotNowError, whose texts name no address."""
        ...
