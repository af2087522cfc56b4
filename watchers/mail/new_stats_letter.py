"""The letter about new stats, written when it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tilde.domain.catalog.state import Catalog
from tilde.keys.links import DAYS, DeleteLink
from tilde.runtime.clock import Clock
from tilde.runtime.visible import one_line
from watchers.mail import shown
from watchers.mail.accounts import Links
from watchers.mail.letter import Letter
from watchers.mail.pages import html_of
from watchers.parts import CatalogCopy

NAME_MAX = 60  # of a name in a subject


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    kind: str
    number: str
    at: str
    link: str


class NewStatsLetter:
    """Writes to the owner of a product. Says nothing of stats made by hand, or in the trash by now."""

    def __init__(self, catalog: CatalogCopy, links: Links, clock: Clock) -> None:
        self._catalog = catalog
        self._links = links
        self._clock = clock

    async def write(self, content: dict[str, Any]) -> Letter | None:
        """Writes to the owner of `content["product"]`. None where nothing is to be told, or nobody wants mail."""
        await self._catalog.read_to_end()
        catalog = self._catalog.catalog
        product = catalog.products.get(content["product"])
        account = None if product is None else catalog.accounts[product.account]
        to = None if account is None else self._links.recipient(account)
        lines = [line for stat in content["stats"] if (line := self._line(catalog, content["product"], stat))]
        if account is None or to is None or not lines:
            return None
        more = content["more"]
        count = len(lines) + more
        title = f"New stat: {lines[0].name}" if count == 1 else f"{count:,} new stats"
        subject = f"New stat: {one_line(lines[0].name, NAME_MAX)}" if count == 1 else title
        html = html_of(
            "new_stats.html",
            title=title,
            stats=lines,
            more=f"{more:,}" if more else "",
            days=DAYS,
            home=self._links.home,
            account=account.name,
            unsubscribe=to.unsubscribe,
        )
        return Letter(
            to.address,
            subject,
            _text(lines, more, account.name, self._links.home, to.unsubscribe),
            html,
            to.unsubscribe,
        )

    def _line(self, catalog: Catalog, product: int, stat: Sequence[Any]) -> _Line | None:
        metric, kind, name, number, at_ms = stat
        record = catalog.stat(product, metric)
        if record.created_ms is not None or record.deletions or record.is_link_used:
            return None
        link = self._links.url(DeleteLink.from_now(product, metric, self._clock.now_ms()))
        return _Line(record.known_as or name, kind, shown.number(number), shown.moment(at_ms), link)


def _text(lines: Sequence[_Line], more: int, account: str, home: str, unsubscribe: str) -> str:
    begin = f"Posts have made what is new in account {one_line(account)} of {home}.\n"
    begin += f"A link works once, for {DAYS} days, and asks before it destroys anything.\n\n"
    told = [
        f"{one_line(line.name, 255)}\n  {line.kind}, first number {line.number}, {line.at}\n  destroy it: {line.link}\n"
        for line in lines
    ]
    end = f"\nAnd {more:,} more.\n" if more else ""
    return f"{begin}{chr(10).join(told)}{end}\nNo more mail: {unsubscribe}\n"
