"""Reads the catalog on for batches that name an entry which this process has not read. Where the entry is not in the
log either, they wait, and the operator is told.
"""

from collections.abc import Collection
from weakref import WeakSet

from streams.drivers.partition_fold import PartitionFold
from tilde.eventlog import LogError
from tilde.runtime.telling import Outage, tell


class CatalogWait:
    """Waits for catalog entries, for one driver. An edge has read an entry before it names it in a batch, so whoever
    reads `catalog` to its end finds it. Where `catalog` cannot be read now, or has lost entries, a fold waits until
    this process's copy has the entry.
    """

    def __init__(self, role: str) -> None:
        self._role = role
        self._outage = Outage(role, "topic catalog, which posts wait for,")
        self._told: WeakSet[PartitionFold] = WeakSet()

    async def read_on(self, waiting: Collection[PartitionFold]) -> None:
        """Reads what these look things up in to its end, once; a log that is away is told, and not waited for."""
        try:
            for as_of in {id(as_of): as_of for fold in waiting if (as_of := fold.processor.as_of) is not None}.values():
                await as_of.read_to_end()
        except LogError as error:
            self._outage.failed(self, error)
            return
        self._outage.worked(self)
        for fold in waiting:
            if fold.is_waiting and fold not in self._told:
                self._told.add(fold)
                tell(self._role, _missing(fold))

    def is_over(self, fold: PartitionFold) -> bool:
        """Whether a fold may take its next record, as far as is known; tells it where it was told that it may not."""
        if fold.is_waiting:
            return False
        if fold in self._told:
            self._told.discard(fold)
            tell(self._role, f"{_where(fold)}: processor {fold.processor.name} goes on")
        return True


def _where(fold: PartitionFold) -> str:
    return f"{fold.processor.source.name}/{fold.partition}"


def _missing(fold: PartitionFold) -> str:
    as_of = fold.processor.as_of
    assert as_of is not None
    return (
        f"{_where(fold)}: the batch at offset {fold.position.next_offset} was taken in after entry {fold.waits_for} of"
        f" the catalog, which ends at entry {as_of.catalog.sequence}: it was restored from an older backup, or lost its"
        f" end. Processor {fold.processor.name} waits there until there is such an entry; all others go on. Bring back"
        " the catalog that belongs to these posts"
    )
