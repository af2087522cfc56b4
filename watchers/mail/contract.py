"""The ports of mail: how a letter is asked for, who writes it, and who carries it."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson

from watchers.contract import Send
from watchers.mail.letter import Letter

NAME = "mail"
"""Of the destination: letters that wait are asked for under it."""

Write = Callable[[dict[str, Any]], Awaitable[Letter | None]]
"""Writes the letter that a watcher asked for, as everything is now: with the address of whom it is for. None where it
is for nobody any more. Raises StoreError and LogError where that cannot be read, RefusedForGoodError where there is
nothing that could be sent.
"""


def ask_for_letter(kind: str, **content: Any) -> Send:
    """What a watcher says to have a letter of a kind written."""
    return Send(NAME, orjson.dumps({"kind": kind, **content}))


class Carrier(Protocol):
    """Brings a message to whom it is for."""

    async def carry(self, id_: str, to: str, message: bytes) -> None:
        """Returns once it is there for good. Raises RefusedForGoodError, NotNowError, whose texts name no address."""
        ...
