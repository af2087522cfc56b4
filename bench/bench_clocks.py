"""What stands on the path of every hit: which day it is on a site's clock, and whether a page may send it.

Microseconds of CPU a call, of one thread; the baseline is what `zoneinfo` takes for an offset.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bench.report import Row
from tilde.domain.sites.clock import clock_of
from tilde.domain.sites.domains import SiteDomains

CALLS = 20_000
ROUNDS = 9
NOW_S = 1_795_000_000
STEP_S = 997
RULES = ((-28_800, "usa"), (3_600, "eu"), (20_700, "0"), (0, "Europe/Berlin"))
PAGES = [f"https://www.example.com/shop/article/{n}?from=list" for n in range(100)]


def call_us(call: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    """The median of rounds, the loop itself taken off."""
    return statistics.median(_round_us(call, arguments) for _ in range(ROUNDS))


def _round_us(call: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    began = time.process_time()
    for argument in arguments:
        call(argument)
    called = time.process_time()
    for _ in arguments:
        pass
    return (called - began - (time.process_time() - called)) / len(arguments) * 1e6


def run() -> list[Row]:
    """All rows."""
    instants = [NOW_S + n * STEP_S for n in range(CALLS)]
    berlin = ZoneInfo("Europe/Berlin")
    base = call_us(lambda instant: datetime.fromtimestamp(instant, berlin).utcoffset(), instants)
    rows = [Row("an offset by zoneinfo", "CPU us", f"{base:.2f}", "1.00", "")]
    for offset_s, rule in RULES:
        clock = clock_of(offset_s, rule)
        for what, call in (("offset", clock.offset_at), ("day", clock.day_at)):
            spent = call_us(call, instants)
            rows.append(Row(f"{rule}: {what} of an instant", "CPU us", f"{spent:.2f}", f"{spent / base:.2f}", "1"))
    looked_up = call_us(lambda instant: clock_of(-28_800, "usa").day_at(instant), instants)
    rows.append(Row("usa: the same from a hit's stamp", "CPU us", f"{looked_up:.2f}", f"{looked_up / base:.2f}", "1"))
    began = time.process_time()
    clock_of(0, "America/Sao_Paulo")
    rows.append(Row("a zone's clock, made", "CPU us", f"{(time.process_time() - began) * 1e6:,.0f}", "", ""))
    days = range(NOW_S // 86_400 - 1_000, NOW_S // 86_400)
    clock = clock_of(-28_800, "usa")
    for what, of_day in (("span of a day", lambda day: clock.span(day, day)), ("hours of a day", clock.hours)):
        rows.append(Row(f"usa: {what}", "CPU us", f"{call_us(of_day, days):.2f}", "", ""))
    site = SiteDomains(frozenset({"example.com", "example.org"}))
    pages = [PAGES[n % len(PAGES)] for n in range(CALLS)]
    for what, call in (("may a page send", site.may_send), ("href of a page", site.href)):
        rows.append(Row(what, "CPU us", f"{call_us(call, pages):.2f}", "", ""))
    return rows
