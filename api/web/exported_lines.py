"""Has what people of a product did written as lines of an export, by the dialect in whose words they are. That dialect
names itself in its `add`, so the route that is asked for lines knows no dialect.
"""

from collections.abc import Callable, Sequence

from api.reads.people.told_history import ToldActivity
from api.web.refused import RefusedError

WriteLines = Callable[[ToldActivity], Sequence[bytes]]
"""The lines, each with its end, of one thing that is told."""


class ExportedLines:
    """Has lines written by the dialect that `write_with` was told of."""

    def __init__(self) -> None:
        self._write: WriteLines = _nobody_writes_them

    def write_with(self, write: WriteLines) -> None:
        """Names who writes lines."""
        self._write = write

    def of(self, told: ToldActivity) -> Sequence[bytes]:
        """As WriteLines. Raises RefusedError where nobody writes any."""
        return self._write(told)


def _nobody_writes_them(told: ToldActivity) -> Sequence[bytes]:
    raise RefusedError(503, "nobody writes lines of an export")
