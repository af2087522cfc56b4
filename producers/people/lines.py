"""Hands lines of an export, what people of a product did before, to the dialect in whose words they are. That dialect
names itself in its `add`, so the route that is sent the lines knows no dialect.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

TakeLines = Callable[[int, Sequence[Any]], Awaitable[Mapping[int, str]]]
"""Takes lines of a product in; says why some are left out, by their places, once the others are durable. Raises
LinesRefusedError.
"""


class LinesRefusedError(Exception):
    """None can be taken now, and it says why; it is counted."""


class Lines:
    """Has lines taken in by the dialect that `take_with` was told of."""

    def __init__(self) -> None:
        self._take: TakeLines = _nobody_takes_them

    def take_with(self, take: TakeLines) -> None:
        """Names who takes lines."""
        self._take = take

    async def take(self, product: int, lines: Sequence[Any]) -> Mapping[int, str]:
        """Takes lines of an export in; returns why some were left out, by index. Raises LinesRefusedError."""
        return await self._take(product, lines)


async def _nobody_takes_them(product: int, lines: Sequence[Any]) -> Mapping[int, str]:
    raise LinesRefusedError("nobody takes lines of an export")
