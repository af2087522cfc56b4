"""What queries of metrics have in common: which metric they are about, of which span, and what is told of a number.

{"metric_id": UUID}                                             one that is kept, or a stat
{"metric": {"kind": "people", "event": "signed up"}}            one that is said here
{.., "start_date": .., "end_date": ..}, {.., "date_range": "last_7_days"}     else the last 30 days
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.kissmetrics.questions.fields import DATES, FilterError, fields_of, text_in, word_in
from api.kissmetrics.questions.filters import Reader
from api.kissmetrics.questions.property_filters import require_property_filter
from api.reads.numbers import number
from api.reads.people.opened import Cell
from api.reads.stats.metric_lookup import MetricLookup
from api.reads.stats.stat import Stat
from api.reads.stats.stat_metrics import StatNumber
from tilde.domain.people.metric import Amount, Metric, MetricKind, metric_of, metric_said, require_whole
from tilde.domain.people.question import EVER, Compared, Comparison, Had, QuestionError, Span

KEYS = ("metric_id", "metric", *DATES)
LAST_30_DAYS = "last_30_days"
_COMPARISONS = {each.value: each for each in Comparison}
_KINDS = {kind.value: kind for kind in MetricKind}
_METRIC_KEYS = ("kind", "event", "then", "property", "filter")
_KEPT_FILTER_KEYS = ("comparison", "value", "high")
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

    def said(self) -> dict[str, Any]:
        """As `asked_metric` reads it."""
        metric = None if self.metric is None else metric_said(self.metric)
        return {"id": self.id, "metric": metric, "since": self.span.since, "until": self.span.until}


def asked_metric(said: Mapping[str, Any]) -> AskedMetric:
    """What `AskedMetric.said` made."""
    metric = None if said["metric"] is None else metric_of(said["metric"])
    return AskedMetric(said["id"], metric, Span(said["since"], said["until"]))


def read_metric(fields: Mapping[str, Any], reader: Reader, span: Span) -> AskedMetric:
    """Of the parameters of a query; `span` is that of one without dates. Raises FilterError, QuestionError."""
    id_, said = fields.get("metric_id"), fields.get("metric")
    if (id_ is None) is (said is None):
        raise FilterError("a query of a metric has its metric_id, or the metric itself")
    metric = None if said is None else _metric(fields_of(said, *_METRIC_KEYS), reader)
    id_ = None if id_ is None else text_in(fields, "metric_id", "").strip().lower()
    return AskedMetric(id_, metric, _span(fields, reader, span))


def _metric(fields: Mapping[str, Any], reader: Reader) -> Metric:
    kind = word_in(fields.get("kind"), _KINDS, "kind")
    event = reader.event(fields) if _is_said(fields, "event") else ""
    then = reader.event({"event": fields["then"]}) if _is_said(fields, "then") else ""
    property_ = reader.property(fields) if _is_said(fields, "property") else ""
    where = None if fields.get("filter") is None else _where(fields["filter"], reader)
    metric = Metric(kind, event, then, property_, where)
    require_whole(metric)
    return metric


def _is_said(fields: Mapping[str, Any], name: str) -> bool:
    """A kept metric is shown with what it lacks, as empty texts."""
    return fields.get(name) not in (None, "")


def _where(said: Any, reader: Reader) -> Had:
    """As an operand, or as a kept metric is shown: `{"property", "comparison", "value", "high"}`."""
    fields = fields_of(said)
    if fields.keys().isdisjoint(_KEPT_FILTER_KEYS):
        had = reader.part({"type": "property", **fields})
    else:
        had = _kept_where(fields_of(said, "property", *_KEPT_FILTER_KEYS), reader)
    return require_property_filter(had, "the filter of a metric", "the metric")


def _kept_where(fields: Mapping[str, Any], reader: Reader) -> Had:
    name, said = reader.property(fields), fields.get("comparison")
    value, high = fields.get("value", ""), fields.get("high", "")
    if not isinstance(value, str) or not isinstance(high, str):
        raise FilterError("value and high of a filter are texts")
    if said is None:
        if value or high:
            raise FilterError("comparison is missing: how the property is compared with the value")
        return Had(name)
    return Had(name, Compared(word_in(said, _COMPARISONS, "comparison"), value, high))


def _span(fields: Mapping[str, Any], reader: Reader, span: Span) -> Span:
    """An open end is that of today."""
    span = reader.within(fields, span)
    if span == EVER and fields.get("date_range") is None:
        span = reader.span(LAST_30_DAYS, EVER)
    if span.until == EVER.until:
        span = Span(span.since, reader.span("today", EVER).until)
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


def of_people(kind: MetricKind, amount: Amount) -> list[Cell]:
    """The number, and what it is made of."""
    value = amount.value(kind)
    parts = [number(amount.amount), amount.per] if kind in PARTS else []
    return [None if value is None else number(value), *parts]


def of_stat(found: StatNumber) -> list[Cell]:
    """The number, and of how many points."""
    return [None if found.value is None else number(found.value), found.points]
