"""What questions about people cost at a million people of one product, ten million occurrences of ten events, and three
million values.

    python -m bench.bench_questions [--people 1000000] [--folder KEPT]

CPU of this process, whose thread the engine has; the target is below two seconds. `memory` is the most that this
process has held so far, the engine's 300 MB included.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api.reads.people.ab_tests import AbTests
from api.reads.people.cohorts import CohortReads
from api.reads.people.funnels import Funnels
from api.reads.people.opened import Opened
from api.reads.people.people import People
from api.reads.people.search import PeopleSearch
from api.reads.tables import Tables
from tilde.domain.people.ab_test import AbTest
from tilde.domain.people.cohort import Cohorts
from tilde.domain.people.funnel import Funnel
from tilde.domain.people.question import Did, Group, Had, Join, Span, Values
from tilde.domain.people.segment import Segment, Which
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate, pending

PEOPLE = 1_000_000
ROUNDS = 3
DAY_S = 86_400
BEGAN_S = 1_790_000_000
DAYS = 30
TARGET_S = "2"
_IDENTITY = "reinterpretAsInt64(bitShiftRight(cityHash64(cityHash64(number) % {people:UInt64}), 1))"
_AT = "toDateTime({began:UInt64} + intDiv(number * {seconds:UInt64}, {rows:UInt64}), 'UTC')"
_RECEIVED = "toDateTime64({began:UInt64}, 3, 'UTC')"
FILLS = (
    f"""INSERT INTO tilde_g1.occurrences
    SELECT 1, concat('event ', toString(cityHash64(number, 5) % 10)), {_AT}, {_IDENTITY}, number, 0, number, {_RECEIVED}
    FROM numbers(10 * {{people:UInt64}})""",
    f"""INSERT INTO tilde_g1.property_values
    SELECT
        1, if(number % 3, 'plan', 'city'), {_AT}, {_IDENTITY}, number, 0, number, {_RECEIVED}, '', NULL,
        if(number % 3, number % 5, number), 1, 'sealed'
    FROM numbers(3 * {{people:UInt64}})""",
    f"""INSERT INTO tilde_g1.people
    SELECT
        1, reinterpretAsInt64(bitShiftRight(cityHash64(number), 1)) AS identity, 1, 0,
        if(number % 50 = 1, reinterpretAsInt64(bitShiftRight(cityHash64(number - 1), 1)), identity) AS person,
        1, 'sealed', {_RECEIVED}
    FROM numbers({{people:UInt64}})""",
)
STEPS = Group(Join.THEN, tuple(Did(f"event {nth}") for nth in range(3)))
LABELS = ("", "", "")
GOLD = Had("plan", Values(texts=frozenset({1})))
LATE = Span(BEGAN_S + DAYS * DAY_S // 3)
WHILE_GOLD = tuple(Did(f"event {nth}", meanwhile=GOLD) for nth in range(10))
PLAN, CITY = Segment("plan"), Segment("city")  # five values; a million


async def fill(store: ClickHouse, people: int) -> None:
    """Everybody did ten things, and every fiftieth is another one's."""
    await migrate(store, 1)
    for statement in FILLS:
        parameters = {"people": people, "rows": 10 * people, "began": BEGAN_S, "seconds": DAYS * DAY_S}
        await store.execute(statement, parameters)


def questions(tables: Tables) -> dict[str, Callable[[], Awaitable[object]]]:
    """By name."""
    people = People(tables)
    search = PeopleSearch(people, Opened(lambda *_: 0, None))
    funnels, cohorts, tests = Funnels(tables, search), CohortReads(tables, search), AbTests(tables, search)
    edges = range(BEGAN_S, BEGAN_S + (DAYS + 13) * DAY_S, DAY_S)
    days = Cohorts(Did("event 0"), Did("event 1"), Span(BEGAN_S, BEGAN_S + DAYS * DAY_S), "day", 13)
    by_plan = Cohorts(days.first, days.again, days.span, "day", 13, PLAN)
    variation = Segment("plan", Which.FIRST)
    return {
        "search, three in a sequence": lambda: people.found(1, STEPS),
        "search, the first time ever": lambda: people.found(1, Did("event 0", LATE, is_first_ever=True)),
        "search, while of one plan": lambda: people.found(1, WHILE_GOLD[0]),
        "search, any of ten, while of one plan": lambda: people.found(1, Group(Join.ANY, WHILE_GOLD)),
        "funnel of three steps": lambda: funnels.walked(1, Funnel(STEPS, LABELS)),
        "funnel within a day": lambda: funnels.walked(1, Funnel(STEPS, LABELS, DAY_S)),
        "funnel by one of 5 values": lambda: funnels.walked(1, Funnel(STEPS, LABELS, None, PLAN)),
        "funnel by one of a million": lambda: funnels.walked(1, Funnel(STEPS, LABELS, None, CITY)),
        "cohorts of 30 days, 12 later": lambda: cohorts.counted(1, days, edges),
        "cohorts by one of 5 values": lambda: cohorts.counted(1, by_plan, edges),
        "A/B test of 5 variations": lambda: tests.seen(1, AbTest(variation, Did("event 0"), "")),
    }


async def measured(people: int, folder: Path) -> None:
    """Prints the table."""
    store = await open_store(f"chdb://{folder}")
    if await pending(store, 1):
        await fill(store, people)
    table = Table("of one product", "CPU s", "s", "memory MB", "target", title=f"{people:,} people")
    for name, ask in questions(Tables(store, lambda: 1)).items():
        took = [await _once(ask) for _ in range(ROUNDS)]
        cpu, wall = (statistics.median(each) for each in zip(*took, strict=True))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        table.add_row(name, f"{cpu:.2f}", f"{wall:.2f}", f"{memory:,.0f}", TARGET_S)
    await store.close()
    Console(width=120).print(table)


async def _once(ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    cpu_s, began_s = time.process_time(), time.perf_counter()
    await ask()
    return time.process_time() - cpu_s, time.perf_counter() - began_s


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(arguments.people, arguments.folder or Path(folder) / "store"))
