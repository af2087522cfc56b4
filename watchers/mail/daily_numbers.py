"""What was counted on each of the last days of some stats, as reads show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any

from tilde.domain.catalog.state import Catalog
from tilde.domain.stats.metrics import Kind
from tilde.own_paths import DAYS_ASKED_MAX
from tilde.runtime.portions import portions
from watchers.mail.schedule import Schedule
from watchers.parts import TableReader

DAYS = 14
WEEK = 7
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Numbers:
    """The numbers of one stat: those of `DAYS` days, the newest last, and of how many each is. A counter's is their
    sum, infinite where it is beyond all floats; a value's is their mean, None where it has none.
    """

    product: int
    name: str
    kind: Kind
    numbers: list[float | None]
    counts: list[int]

    def of(self, back: int) -> float | None:
        """The number of the newest day, or of one so many days before."""
        return self.numbers[-1 - back]

    def is_mean(self, back: int) -> bool:
        """Whether that number is the mean of several, and not one that came."""
        return self.kind is Kind.VALUE and self.counts[-1 - back] > 1

    def mean(self) -> float | None:
        """The mean of the last seven days: a counter's by day, a value's of all that came."""
        # Divided first: the sum of two very large numbers is none.
        week = list(zip(self.numbers, self.counts, strict=True))[-WEEK:]
        if self.kind is Kind.COUNTER:
            return sum(number / WEEK for number, _ in week if number is not None)
        total = self.week_count()
        return sum(number * (count / total) for number, count in week if number is not None) if total else None

    def week_count(self) -> int:
        """How many numbers came in the last seven days."""
        return sum(self.counts[-WEEK:])


async def numbers_of(
    stats: Sequence[tuple[int, int]], day: date, schedule: Schedule, tables: TableReader
) -> list[Numbers]:
    """The numbers of those of some stats, by product and metric, that are in sight; by name. Raises StoreError."""
    begins = [schedule.begins_s(day - _DAY * back) for back in reversed(range(-1, DAYS))]
    found = []
    for product, some in groupby(sorted(stats), key=itemgetter(0)):
        for metrics in portions([metric for _, metric in some], DAYS_ASKED_MAX):
            found += [_numbers(product, row) for row in await tables.days(product, metrics, begins)]
    return sorted(found, key=lambda one: (one.product, one.name.casefold(), one.name))


def _numbers(product: int, row: Mapping[str, Any]) -> Numbers:
    kind = Kind(row["kind"])
    beyond = inf if kind is Kind.COUNTER else None
    numbers = [beyond if number is None else number for number, _ in row["days"]]
    return Numbers(product, row["name"], kind, numbers, [count for _, count in row["days"]])


def in_reports(catalog: Catalog, account: int) -> Iterator[tuple[int, int]]:
    """The stats of an account's products that its owner wants in the report: product and metric."""
    for product in catalog.products_of.get(account, {}).values():
        for metric, record in catalog.stats_of(product).records.items():
            if record.settings.in_email:
                yield product, metric
