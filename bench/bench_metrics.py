"""How long metrics of what people do take at a hundred million rows: what a million people did within a year.

    python -m bench.bench_metrics [--rows 100000000] [--times 100] [--folder KEPT]

A twentieth of the rows is of each event, a fifth of the busy one; a tenth of the people has two identities. The target
is a p99 below 300 ms for 30 days by the day; other 30 days are asked for each time. What a fill leaves to be merged is
merged before, since a table in use has few merges.
"""

import argparse
import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import NamedTuple

from api.reads.people.metrics import PeopleMetrics
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.search import PeopleSearch
from api.reads.tables import Tables
from bench.report import Row, table
from bench.timing import Took, timed
from testkit.edges import KEYRING
from testkit.query_place import NOW
from tilde.domain.people.metric import Metric, MetricKind
from tilde.domain.people.question import Span
from tilde.domain.people.segment import Segment, Which
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import has_tables, migrate

PEOPLE, PORTIONS, DAY_S = 1_000_000, 50, 86_400
QUIET_S = 15
YEAR_S = 364 * DAY_S
BEGAN = NOW - NOW % DAY_S - YEAR_S
FILL = """
INSERT INTO tilde_g1.occurrences
SELECT
    1, if(chance % 5 = 0, 'busy', concat('event ', toString(chance % 20))), {began:UInt32} + chance2 % {year_s:UInt32},
    toInt64(bitShiftRight(cityHash64(bitShiftRight(chance, 8) % {people:UInt64}), 1)), number, 0, number,
    fromUnixTimestamp64Milli(toInt64({began:UInt32}) * 1000, 'UTC')
FROM
(
    SELECT number, cityHash64(number) AS chance, cityHash64(number, 1) AS chance2
    FROM numbers({first:UInt64}, {rows:UInt64})
)
"""
FILL_PEOPLE = """
INSERT INTO tilde_g1.people
SELECT
    1, identity, 0, 0,
    multiIf(number % 10 = 1, least(identity, before), number % 10 = 0, least(identity, behind), identity),
    number, '', fromUnixTimestamp64Milli(toInt64({began:UInt32}) * 1000, 'UTC')
FROM
(
    SELECT
        number,
        toInt64(bitShiftRight(cityHash64(number), 1)) AS identity,
        toInt64(bitShiftRight(cityHash64(number - 1), 1)) AS before,
        toInt64(bitShiftRight(cityHash64(number + 1), 1)) AS behind
    FROM numbers({people:UInt64})
)
"""
FILL_VALUES = """
INSERT INTO tilde_g1.property_values
SELECT
    1, 'plan', at, identity, version, 0, event_id, received_at, event, NULL, toInt64(identity % 7), 1, ''
FROM tilde_g1.occurrences
WHERE product = 1 AND event = 'event 1'
"""
FILL_NUMBERS = """
INSERT INTO tilde_g1.property_values
SELECT
    1, 'amount', at, identity, version, 0, event_id, received_at, event, version % 1000 / 4, NULL, 1, ''
FROM tilde_g1.occurrences
WHERE product = 1 AND event = 'event 2'
"""


async def fill(store: ClickHouse, rows: int) -> None:
    share = rows // PORTIONS
    for portion in range(PORTIONS):
        asked = {"began": BEGAN, "year_s": YEAR_S, "people": PEOPLE, "first": portion * share, "rows": share}
        await store.execute(FILL, asked)
    await store.execute(FILL_PEOPLE, {"began": BEGAN, "people": PEOPLE})
    for statement in (FILL_VALUES, FILL_NUMBERS):
        await store.execute(statement, {})


async def merged(store: ClickHouse) -> None:
    """Returns once the engine merges nothing; it looks for something to merge every few seconds."""
    quiet_s = 0
    while quiet_s < QUIET_S:
        ((running,),) = await store.rows("SELECT count() FROM system.merges")
        quiet_s = 0 if running else quiet_s + 1
        await asyncio.sleep(1)


class Asked(NamedTuple):
    """A question of the benchmark, and what it has to take at most."""

    name: str
    metric: Metric
    target: str = ""


QUESTIONS = (
    Asked("people", Metric(MetricKind.PEOPLE, "event 1"), "300"),
    Asked("times", Metric(MetricKind.TIMES, "event 1"), "300"),
    Asked("times a person", Metric(MetricKind.TIMES_PER_PERSON, "event 1"), "300"),
    Asked("conversion", Metric(MetricKind.CONVERSION, "event 1", then="event 2"), "300"),
    Asked("time between", Metric(MetricKind.TIME_BETWEEN, "event 1", then="event 2"), "300"),
    Asked("total of a property", Metric(MetricKind.TOTAL, "event 2", property="amount"), "300"),
    Asked("people, the busy event", Metric(MetricKind.PEOPLE, "busy")),
)


async def main(folder: Path, rows: int, times: int) -> None:
    """Fills a folder where it is empty, and prints a table."""
    store = await open_store(f"chdb://{folder}")
    is_kept = await has_tables(store, 1)
    await migrate(store, 1)
    if not is_kept:
        await fill(store, rows)
    await merged(store)
    tables = Tables(store, lambda: 1)
    people = People(tables)
    metrics = PeopleMetrics(tables, PeopleSearch(people, Opened(KEYRING.keyed_hash, None)))

    async def over_time(metric: Metric, n: int) -> None:
        since = BEGAN + n * 3 * DAY_S % (YEAR_S - 30 * DAY_S)
        await metrics.over_time(1, metric, [since + day * DAY_S for day in range(30)], since + 30 * DAY_S)

    found = [
        row(f"{name}, 30 days", await timed(partial(over_time, metric), times), target)
        for name, metric, target in QUESTIONS
    ]

    async def by_segment(n: int) -> None:
        since = BEGAN + n * 3 * DAY_S % (YEAR_S - 30 * DAY_S)
        span = Span(since, since + 30 * DAY_S)
        await metrics.by_segment(1, QUESTIONS[0].metric, span, Segment("plan", Which.LAST))

    found.append(row("people by segment, 30 days", await timed(by_segment, times // 5)))
    print(table(found))
    await store.close()


def row(name: str, took: Took, target: str = "") -> Row:
    return Row(name, "ms, p99", f"{took.p99:,.0f}", f"p50 {took.p50:,.0f}, CPU {took.cpu:,.0f}", target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="kept, and used again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(main(args.folder or Path(temporary), args.rows, args.times))
