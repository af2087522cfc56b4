"""What queries of metrics have in common: which metric they are about, and of which span.

{"metric_id": UUID}                                             one that is kept, or a stat
{"metric": {"kind": "people", "event": "signed up"}}            one that is said here
{.., "start_date": .., "end_date": ..}, {.., "date_range": "last_7_days"}     else the last 30 days
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.kissmetrics.queries.filters import FilterError, Reader, fields_of
from api.reads.metric_lookup import MetricLookup
from api.reads.stat import Stat
from tilde.domain.people.metric import Metric, MetricKind, metric_of, metric_said, require_whole
from tilde.domain.people.question import EVER, Had, QuestionError, Span
from tilde.domain.people.wanted import require_numbers

LAST_30_DAYS = {"preset": "last_30_days"}
PARTS = {
    MetricKind.TIMES_PER_PERSON: ("Times", "People"),
    MetricKind.CONVERSION: ("Converted People", "People"),
    MetricKind.REPEATED_CONVERSION: ("Converted Times", "Times"),
    MetricKind.TIME_BETWEEN: ("Seconds", "Times"),
    MetricKind.AVERAGE: ("Total", "Values"),
}
"""How the numbers are called of which one is made."""
PARTS_OF_STATS = ("Points",)


@dataclass(frozen=True, slots=True)
class AskedMetric:
    """A metric, by its UUID unless it was said whole, and a span."""

    id: str | None
    metric: Metric | None
    span: Span

    def json(self) -> dict[str, Any]:
        """As `asked_metric` reads it."""
        metric = None if self.metric is None else metric_said(self.metric)
        return {"id": self.id, "metric": metric, "since": self.span.since, "until": self.span.until}


def asked_metric(said: Mapping[str, Any]) -> AskedMetric:
    """What `AskedMetric.json` made."""
    metric = None if said["metric"] is None else metric_of(said["metric"])
    return AskedMetric(said["id"], metric, Span(said["since"], said["until"]))


def read_metric(fields: Mapping[str, Any], reader: Reader, span: Span) -> AskedMetric:
    """Of the parameters of a query; `span` is that of one without dates. Raises FilterError, QuestionError."""
    id_, said = fields.get("metric_id"), fields.get("metric")
    if (id_ is None) is (said is None):
        raise FilterError("a query of a metric has its metric_id, or the metric itself")
    metric = None if said is None else _metric(fields_of(said), reader)
    return AskedMetric(None if id_ is None else str(id_).strip().lower(), metric, _span(fields, reader, span))


def _metric(fields: Mapping[str, Any], reader: Reader) -> Metric:
    try:
        kind = MetricKind(fields.get("kind", ""))
    except ValueError:
        raise FilterError(f"kind is {fields.get('kind')!r}: it is one of {', '.join(MetricKind)}") from None
    event = reader.event(fields) if fields.get("event") is not None else ""
    then = reader.event({"event": fields["then"]}) if fields.get("then") is not None else ""
    property_ = reader.property(fields) if fields.get("property") is not None else ""
    where = None if fields.get("filter") is None else _where(fields["filter"], reader)
    metric = Metric(kind, event, then, property_, where)
    require_whole(metric)
    return metric


def _where(said: Any, reader: Reader) -> Had:
    had = reader.part({**fields_of(said), "type": "property"})
    if not isinstance(had, Had) or had.negated:
        raise FilterError("the filter of a metric says something of a property: it cannot be negated, or empty")
    require_numbers(had)
    return had


def _span(fields: Mapping[str, Any], reader: Reader, span: Span) -> Span:
    """An open end is that of today."""
    dates, range_ = reader.dates(fields), fields.get("date_range")
    if dates != EVER:
        span = dates
    elif range_ is not None or span == EVER:
        span = reader.span({"preset": range_} if isinstance(range_, str) else range_ or LAST_30_DAYS, EVER)
    if span.until == EVER.until:
        span = Span(span.since, reader.span({"preset": "today"}, EVER).until)
    if span.since >= span.until:
        raise FilterError("a date range ends after it has begun")
    return span


async def meant(lookup: MetricLookup, product: int, asked: AskedMetric) -> Metric | Stat:
    """The metric itself. Raises QuestionError where it is there no more, StoreError."""
    if asked.metric is not None:
        return asked.metric
    found = await lookup.find([product], asked.id or "")
    if found is None:
        raise QuestionError("no metric of this product has the id")
    return found.what
