"""What was counted on each of the last days of some stats, asked of the tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tilde.domain.catalog.state import Catalog
from tilde.domain.stats.metrics import Kind
from tilde.runtime.portions import portions
from watchers.mail.schedule import Schedule
from watchers.parts import Tables

DAYS = 14
WEEK = 7
_ASKED_MAX = 500  # stats of one statement, which has 100,000 characters at most
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Numbers:
    """Of one stat: sums and counts of `DAYS` days, the newest last. A counter's number of a day is its sum, a value's
    its mean; None where a value has none.
    """

    product: int
    name: str
    kind: Kind
    sums: list[float] = field(default_factory=lambda: [0.0] * DAYS)
    counts: list[int] = field(default_factory=lambda: [0] * DAYS)

    def of(self, back: int) -> float | None:
        """That of the newest day, or of one so many days before."""
        total, count = self.sums[-1 - back], self.counts[-1 - back]
        if self.kind is Kind.COUNTER:
            return total
        return total / count if count else None

    def mean(self) -> float | None:
        """Of the last seven days: a counter's by day, a value's of all that came."""
        total, count = sum(self.sums[-WEEK:]), sum(self.counts[-WEEK:])
        if self.kind is Kind.COUNTER:
            return total / WEEK
        return total / count if count else None

    def week_count(self) -> int:
        """How many numbers came in the last seven days."""
        return sum(self.counts[-WEEK:])


async def numbers_of(
    stats: Sequence[tuple[int, int]], day: date, schedule: Schedule, catalog: Catalog, tables: Tables
) -> list[Numbers]:
    """Of stats, by product and metric, that were ever posted to; by name. Raises StoreError."""
    found: dict[tuple[int, int], Numbers] = {}
    begins = [schedule.begins_ms(day - _DAY * back) for back in reversed(range(-1, DAYS))]
    for some in portions(stats, _ASKED_MAX):
        for row in await tables.rows(_statement(some, begins, catalog)):
            key = int(row["product"]), int(row["metric"])
            one = found.setdefault(key, Numbers(key[0], _name(catalog, *key, row), Kind(row["kind"])))
            if int(row["n"]):
                nth = int(row["nth"])
                one.sums[nth], one.counts[nth] = _number(row["total"]), int(row["n"])
    # Of a stat in the trash the row is there still; one that was posted to since is none.
    shown = [one for key, one in found.items() if catalog.stat(*key).deleted_ms is None or any(one.counts)]
    return sorted(shown, key=lambda one: (one.product, one.name.casefold(), one.name))


def _statement(stats: Sequence[tuple[int, int]], begins: Sequence[int], catalog: Catalog) -> str:
    """The days' beginnings are said one by one: a day may have 23 hours, or 25."""
    pairs = ", ".join(f"({product}, {metric})" for product, metric in stats)
    within = f"ts >= fromUnixTimestamp64Milli({begins[0]}) AND ts < fromUnixTimestamp64Milli({begins[-1]})"
    later = ", ".join(map(str, begins[1:-1]))
    return f"""
        SELECT m.product AS product, m.metric AS metric, m.kind AS kind, m.name AS name, p.nth AS nth, p.total AS total,
            p.n AS n
        FROM (SELECT product, metric, kind, name FROM metrics WHERE (product, metric) IN ({pairs})) AS m
        LEFT JOIN (
            SELECT product, metric, arrayCount(begin -> begin <= toUnixTimestamp64Milli(ts), [{later}]) AS nth,
                sumKahan(number) AS total, count() AS n
            FROM points
            WHERE (product, metric) IN ({pairs}) AND {within}{_in_sight(stats, catalog)}
            GROUP BY product, metric, nth
        ) AS p ON p.product = m.product AND p.metric = m.metric"""  # noqa: S608 - integers alone


def _in_sight(stats: Sequence[tuple[int, int]], catalog: Catalog) -> str:
    """What was received before a stat was deleted is in the tables still."""
    deleted = ((product, metric, catalog.stat(product, metric).deleted_ms) for product, metric in stats)
    return "".join(
        f" AND NOT (product = {product} AND metric = {metric} AND toUnixTimestamp64Milli(received_at) < {at_ms})"
        for product, metric, at_ms in deleted
        if at_ms is not None
    )


def _name(catalog: Catalog, product: int, metric: int, row: dict[str, Any]) -> str:
    return catalog.stat(product, metric).known_as or str(row["name"])


def _number(value: Any) -> float:
    """JSON has no number for a sum beyond all floats: it is none then."""
    return float(value) if value is not None else 0.0


def in_reports(catalog: Catalog, account: int) -> Iterator[tuple[int, int]]:
    """The stats of an account's products that its owner wants in the report: product and metric."""
    for product in catalog.products_of.get(account, {}).values():
        for metric, record in catalog.stats_of(product).records.items():
            if record.settings.in_email:
                yield product, metric
