"""The daily report, written when it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from sys import float_info
from typing import Any, NamedTuple

from tilde.domain.catalog.state import Account, Catalog
from tilde.runtime.visible import one_line
from watchers.mail import chart, shown
from watchers.mail.accounts import Links, Recipient
from watchers.mail.daily_numbers import DAYS, Numbers, in_reports, numbers_of
from watchers.mail.letter import Letter
from watchers.mail.pages import html_of
from watchers.mail.schedule import Schedule
from watchers.parts import CatalogCopy, TableReader

LINES_MAX = 150  # a hundred kilobytes of HTML: more is cut off by some mail programs
NAME_MAX = 40  # in the plain part
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class _Line:
    """A stat as it is shown; `product` is the heading above it, where one is."""

    product: str
    name: str
    day: str
    before: str
    mean: str
    chart: str
    alt: str


class _Report(NamedTuple):
    account: str
    day: date
    lines: Sequence[_Line]
    charts: Mapping[str, bytes]
    more: int


class ReportLetter:
    """Writes the report of a day to an account; none where nothing was counted in the seven days that end with it."""

    def __init__(self, catalog: CatalogCopy, tables: TableReader, links: Links) -> None:
        self._catalog = catalog
        self._tables = tables
        self._links = links

    async def write(self, content: dict[str, Any]) -> Letter | None:
        """Writes to `content["account"]`. None where nothing was counted, or nobody wants mail."""
        await self._catalog.read_to_end()
        account = self._catalog.catalog.accounts.get(content["account"])
        to = None if account is None else self._links.recipient(account)
        if account is None or to is None:
            return None
        return await self.of(account, date.fromisoformat(content["day"]), to)

    async def of(self, account: Account, day: date, to: Recipient) -> Letter | None:
        """The report of a day, to somebody. Raises StoreError."""
        catalog = self._catalog.catalog
        stats = list(in_reports(catalog, account.id))
        if not stats:
            return None
        numbers = await numbers_of(stats, day, Schedule.of(account, catalog), self._tables)
        if not sum(one.week_count() for one in numbers):
            return None
        return _letter(_report(account, day, numbers, catalog), to, self._links.home)


def _report(account: Account, day: date, numbers: Sequence[Numbers], catalog: Catalog) -> _Report:
    lines, charts, heading = [], {}, None
    are_several = len({one.product for one in numbers}) > 1
    for nth, one in enumerate(numbers[:LINES_MAX]):
        name = f"chart{nth}"
        backs = list(reversed(range(DAYS)))
        values = [min(one.of(back) or 0.0, float_info.max) for back in backs]
        charts[name] = chart.bars(values)
        product = catalog.products[one.product].name if are_several and one.product != heading else ""
        heading = one.product
        alt = ", ".join("0" if one.of(back) is None else _day(one, back) for back in backs)
        lines.append(_Line(product, one.name, _day(one, 0), _day(one, 1), _mean(one.mean()), name, alt))
    return _Report(account.name, day, lines, charts, max(0, len(numbers) - LINES_MAX))


def _mean(value: float | None) -> str:
    return NOTHING if value is None else shown.mean(value)


def _day(one: Numbers, back: int) -> str:
    value = one.of(back)
    if value is None:
        return NOTHING
    return shown.mean(value) if one.is_mean(back) else shown.number(value)


def _letter(report: _Report, to: Recipient, home: str) -> Letter:
    title = f"{report.account}, {report.day:%A, %d %B %Y}"
    html = html_of(
        "report.html",
        title=title,
        day=f"{report.day:%a %d}",
        before=f"{report.day - timedelta(days=1):%a %d}",
        lines=report.lines,
        more=f"{report.more:,}" if report.more else "",
        width=chart.WIDTH,
        height=chart.HEIGHT,
        home=home,
        account=report.account,
        unsubscribe=to.unsubscribe,
    )
    text = _text(report, title, home, to.unsubscribe)
    return Letter(to.address, f"Daily report: {title}", text, html, to.unsubscribe, report.charts)


def _text(report: _Report, title: str, home: str, unsubscribe: str) -> str:
    head = f"{'':{NAME_MAX}} {'yesterday':>14} {'day before':>14} {'7-day mean':>14}"
    rows = []
    for line in report.lines:
        if line.product:
            rows.append(f"\n{one_line(line.product)}")
        rows.append(f"{one_line(line.name, NAME_MAX):{NAME_MAX}} {line.day:>14} {line.before:>14} {line.mean:>14}")
    if report.more:
        rows.append(f"\nAnd {report.more:,} more.")
    told = "\n".join(rows)
    return f"{one_line(title)}\n\n{head}\n{told}\n\n{home}\nNo more mail: {unsubscribe}\n"
