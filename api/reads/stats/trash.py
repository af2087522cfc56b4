"""Lists the stats that an account may take out of the trash."""

from api.reads.stats.stat import Trashed
from api.reads.stats.stats import Stats
from tilde.domain.catalog.state import Account
from tilde.domain.catalog.stats import TRASH_MS
from tilde.domain.stats.metrics import Kind
from tilde.runtime.clock import Clock


async def trash(stats: Stats, account: Account, clock: Clock) -> list[Trashed]:
    """What may be restored, the last deleted first; also where it was posted to since, and is there anew."""
    oldest_ms = clock.now_ms() - TRASH_MS
    records = {
        metric: record
        for metric, record in stats.catalog.stats_of(account.product).records.items()
        if record.deleted_ms is not None and record.deleted_ms >= oldest_ms
    }
    seen = await stats.seen(account.product, records)
    names = {metric: (Kind(kind), name) for metric, kind, name, _ in seen}
    trashed = []
    for metric, record in records.items():
        kind, name = names.get(metric, (record.kind, record.name))
        trashed.append(Trashed(metric, kind, record.renamed or name, record.deleted_ms or 0))
    return sorted(trashed, key=lambda stat: (-stat.deleted_ms, stat.metric))
