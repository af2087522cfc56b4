"""A shared metric as everybody sees it who has its url: a page with a chart, or its days in JSON, XML or CSV."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import MEDIA_TYPES, Form
from tilde.dialects.statsmix.numbers import json_number, number_text
from tilde.dialects.statsmix.xml import document, element, parent
from tilde.domain.stats.bars import bars_of

CSV, HTML = "csv", "html"
ENDS = (*Form, CSV, HTML)
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
_WIDTH, _HEIGHT = 600, 160
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:40rem;margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.3rem;overflow-wrap:anywhere}}svg{{width:100%;height:auto}}rect{{fill:#2a6fb0}}td{{padding-right:2rem}}
td+td{{text-align:right;overflow-wrap:anywhere}}</style></head>
<body><h1>{title}</h1>{chart}<table>{rows}</table></body></html>
"""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the metric, as `2012-07-08`; no value where an average has nothing to be one of."""

    date: str
    value: float | None


def split_end(text: str) -> tuple[str, str | None]:
    """A public id, and what stands behind its dot: `ID.csv`."""
    id_, dot, end = text.rpartition(".")
    return (id_, end) if dot and end in ENDS else (text, None)


def told_shared(end: str, name: str, title: str, days: Sequence[Day]) -> Told:
    """The metric in the form of an end. Programs get its name; readers a title, which is the name as they read it."""
    match end:
        case Form.JSON:
            shown = [{"date": day.date, "value": None if day.value is None else json_number(day.value)} for day in days]
            metric = {"metric": {"name": name, "days": {"day": shown}}}
            return Told(json.dumps(metric, separators=(",", ":")).encode(), MEDIA_TYPES[Form.JSON])
        case Form.XML:
            each = [parent("day", [element("date", day.date), element("value", _text(day))]) for day in days]
            root = parent("metric", [element("name", name), parent("days", each)])
            return Told(document(root), MEDIA_TYPES[Form.XML])
        case "csv":
            lines = "".join(f"{day.date},{_text(day)}\r\n" for day in days)
            return Told(f"date,value\r\n{lines}".encode(), "text/csv; charset=utf-8")
    rows = "".join(f"<tr><td>{day.date}</td><td>{_to_read(day)}</td></tr>" for day in reversed(days))
    return Told(_PAGE.format(title=escape(title), chart=_chart(days), rows=rows).encode(), "text/html; charset=utf-8")


def _text(day: Day) -> str:
    return "" if day.value is None else number_text(day.value)


def _to_read(day: Day) -> str:
    """As the page has it: two digits behind the point, of small numbers three that count; `21.53`, `0.00143`. Programs
    get all of them.
    """
    if day.value is None or float(day.value).is_integer():
        return _text(day)
    value = round(day.value, 2) if abs(day.value) >= 1 else float(f"{day.value:.3g}")
    return number_text(value)


def _chart(days: Sequence[Day]) -> str:
    """A bar a day."""
    zero, ends = bars_of([day.value or 0.0 for day in days])
    step = _WIDTH / max(1, len(days))
    bars = []
    for place, (day, end) in enumerate(zip(days, ends, strict=True)):
        said = f"<title>{day.date}: {_to_read(day)}</title>"
        y, height = min(zero, end) * _HEIGHT, abs(end - zero) * _HEIGHT
        at = f'x="{place * step:.1f}" y="{y:.1f}" width="{step * 0.8:.1f}" height="{height:.1f}"'
        bars.append(f"<rect {at}>{said}</rect>")
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="the last days">{"".join(bars)}</svg>'
