"""A catalog for processors that look something up, of which a test says what was decided."""

from testkit.builders import an_entry
from tilde.domain.catalog.entries import Fact, fold
from tilde.domain.catalog.state import Catalog


class LookedUp:
    """An AsOf that has read all there is."""

    def __init__(self) -> None:
        self.catalog = Catalog()

    async def read_to_end(self) -> None:
        """It has."""

    def take(self, *facts: Fact) -> int:
        """One entry more; returns its sequence."""
        assert fold(self.catalog, an_entry(self.catalog.sequence + 1, *facts))
        return self.catalog.sequence
