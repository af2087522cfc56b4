"""The fake Opener: what is sealed stands in memory."""

from collections.abc import Sequence
from typing import Any

from tilde.keys.opener import KeysAwayError, Sealed


class MemoryOpener:
    """Has what was sealed for whom. While it `is_away` nobody is opened."""

    def __init__(self) -> None:
        self.is_away = False
        self._said: dict[Sealed, Any] = {}

    def seal(self, key: int, said: Any) -> Sealed:
        """What is said of the one who has this key."""
        sealed = Sealed(key, b"%d" % len(self._said))
        self._said[sealed] = said
        return sealed

    def erase(self, key: int) -> None:
        """Nobody opens anything of him any more."""
        self._said = {sealed: said for sealed, said in self._said.items() if sealed.key != key}

    async def opened(self, sealed: Sequence[Sealed]) -> list[Any]:
        """As Opener."""
        if self.is_away:
            raise KeysAwayError("the keys are away")
        return [self._said.get(each) for each in sealed]
