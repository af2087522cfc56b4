"""Takes in commands that watchers of the same data folder have sealed, and writes them to the edge's log, which has no
other writer. They keep the identity that the watcher gave them.
"""

from producers.edge.sealer import Sealer
from tilde.domain.catalog.state import Catalog
from tilde.eventlog import LogError
from tilde.schemas.codec import PoisonError, decode, oldest_encoder
from tilde.schemas.topics import COMMANDS


class Adoption:
    """Takes batches; the sealer makes them durable."""

    def __init__(self, sealer: Sealer, catalog: Catalog) -> None:
        self._sealer = sealer
        self._catalog = catalog
        self._encode = oldest_encoder(COMMANDS.subject)

    async def take(self, sealed: bytes) -> None:
        """Returns once it is durable. Raises LogError. It says what this edge has read of the catalog, as all that
        stands in its log does.
        """
        try:
            batch = decode(sealed, COMMANDS.subject)
        except PoisonError as poison:  # a process of this folder wrote it: one of the two is of another release
            raise LogError(f"a command that was handed to the edge cannot be read: {poison}") from poison
        if "/" not in batch["edge"]:  # a watcher and its source; an edge's own name would end that edge's commands
            raise LogError(f"a command that was handed to the edge is in the name of {batch['edge']!r}")
        await self._sealer.adopt(lambda: self._encode({**batch, "catalog": self._catalog.sequence}))
