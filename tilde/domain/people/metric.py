"""Metrics of what people do: a number for a span of time, or for each of several.

    Metric(MetricKind.PEOPLE, "signed up")                              how many did it
    Metric(MetricKind.CONVERSION, "visited site", then="signed up")     of 100 who came, how many signed up later
    Metric(MetricKind.TOTAL, "purchased", property="amount")            what was paid

The number of a span is made of what was done within it alone, also that of an event which has to follow another one.
An event counts once a person and second, and so does a value.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from tilde.domain.people.names import NAME_MAX
from tilde.domain.people.question import Had, QuestionError
from tilde.domain.people.search import part_of, part_said
from tilde.domain.texts import is_blank, is_line


class MetricKind(StrEnum):
    """What a metric is the number of. The values are durable."""

    PEOPLE = "people"  # who did the event
    TIMES = "times"  # it was done
    TIMES_PER_PERSON = "times_per_person"  # of those who did it
    CONVERSION = "conversion"  # of 100 persons who did it, those who did the other one later
    REPEATED_CONVERSION = "repeated_conversion"  # of 100 times it was done, those that the other one followed
    TIME_BETWEEN = "time_between"  # seconds, on average, from a time it was done to the other one that followed
    TOTAL = "total"  # of a property's numbers
    AVERAGE = "average"  # of them


OF_TWO = frozenset({MetricKind.CONVERSION, MetricKind.REPEATED_CONVERSION, MetricKind.TIME_BETWEEN})
"""Those with an event that follows another one; it may be the same."""
OF_VALUES = frozenset({MetricKind.TOTAL, MetricKind.AVERAGE})
"""Those of a property's numbers: of those that came with the event, or without one with any."""
_ALONE = frozenset({MetricKind.PEOPLE, MetricKind.TIMES, MetricKind.TOTAL})
_PERCENT = frozenset({MetricKind.CONVERSION, MetricKind.REPEATED_CONVERSION})


@dataclass(frozen=True, slots=True)
class Metric:
    """`where` counts only what was done with such a property; of two events it is asked of the first."""

    kind: MetricKind
    event: str = ""
    then: str = ""
    property: str = ""
    where: Had | None = None


class Amount(NamedTuple):
    """What a number is made of: how much there is of something, and what it is divided by, where it is."""

    amount: float = 0.0
    per: int = 0

    def value(self, kind: MetricKind) -> float | None:
        """The number of the amount; None where there is nothing to divide by."""
        if not is_ratio(kind):
            return self.amount
        return (100 if kind in _PERCENT else 1) * self.amount / self.per if self.per else None


def is_ratio(kind: MetricKind) -> bool:
    """Whether its number is what there is of something, divided."""
    return kind not in _ALONE


def fault_of(kind: MetricKind, event: str, then: str, property_: str) -> str | None:
    """Why there can be no such metric; None where there can."""
    if bool(then) is not (kind in OF_TWO):
        return f"a metric of kind {kind} has {'an event that follows' if kind in OF_TWO else 'no second event'}"
    if bool(property_) is not (kind in OF_VALUES):
        return (
            f"a metric of kind {kind} has {'a property' if kind in OF_VALUES else 'no property but that of a filter'}"
        )
    if not event and kind not in OF_VALUES:
        return "a metric has an event"
    if all(map(_is_name, filter(None, (event, then, property_)))):
        return None
    return f"an event or a property has a name of 1 to {NAME_MAX} characters, none of them a control character"


def _is_name(text: str) -> bool:
    return len(text) <= NAME_MAX and is_line(text) and not is_blank(text)


def require_whole(metric: Metric) -> None:
    """Raises QuestionError where a metric lacks something that its kind needs."""
    fault = fault_of(metric.kind, metric.event, metric.then, metric.property)
    if fault is not None:
        raise QuestionError(fault)


def had_json(had: Had) -> str:
    """A condition as JSON, which `had_of` reads."""
    return json.dumps(part_said(had), ensure_ascii=False)


def had_of(text: str) -> Had:
    """The condition that `had_json` wrote."""
    had = part_of(json.loads(text))
    assert isinstance(had, Had)
    return had


def metric_said(metric: Metric) -> dict[str, Any]:
    """A metric as plain JSON values, which `metric_of` reads."""
    where = None if metric.where is None else had_json(metric.where)
    return {
        "kind": metric.kind,
        "event": metric.event,
        "then": metric.then,
        "property": metric.property,
        "where": where,
    }


def metric_of(said: Mapping[str, Any]) -> Metric:
    """The metric that `metric_said` wrote, also as JSON."""
    where = None if said["where"] is None else had_of(said["where"])
    return Metric(MetricKind(said["kind"]), said["event"], said["then"], said["property"], where)
