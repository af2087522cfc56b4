"""Who writes what people of a product did as lines of an export: the dialect in whose words they are. It names itself
in its `add`; whoever is asked for lines does not know it.
"""

from collections.abc import Callable, Sequence

from api.reads.people.told_history import Told
from api.web.refused import RefusedError

WriteLines = Callable[[Told], Sequence[bytes]]
"""The lines, each with its end, of one thing that is told."""


class ExportedLines:
    """Has them written by whoever was named."""

    def __init__(self) -> None:
        self._write: WriteLines = _nobody_writes_them

    def write_with(self, write: WriteLines) -> None:
        """Names who writes lines."""
        self._write = write

    def of(self, told: Told) -> Sequence[bytes]:
        """As WriteLines. Raises RefusedError where nobody writes any."""
        return self._write(told)


def _nobody_writes_them(told: Told) -> Sequence[bytes]:
    raise RefusedError(503, "nobody writes lines of an export")
