"""Answers metrics of what people do as slowly and simply as they read, for tests to compare with."""

from collections.abc import Sequence

from testkit.asked_people import AskedPeople, Done, has
from tilde.domain.people.metric import OF_VALUES, Amount, Metric, MetricKind
from tilde.domain.people.question import Span
from tilde.domain.people.segment import Segment

_PERCENT = {MetricKind.CONVERSION, MetricKind.REPEATED_CONVERSION}
_UNDIVIDED = {MetricKind.PEOPLE, MetricKind.TIMES, MetricKind.TOTAL}


def cells_of(kind: MetricKind, amount: Amount) -> list[float | None]:
    """What is told of a metric: its number, and the two that it is made of where it is divided. Of nothing it is 0, or
    null.
    """
    much, per = amount
    if kind in _UNDIVIDED:
        return [much]
    return [(100 * much if kind in _PERCENT else much) / per if per else None, much, per]


class AskedMetrics:
    """All that people did, an identity each event once a second, in the order in which it came."""

    def __init__(self, people: AskedPeople) -> None:
        self._people = people
        self._done = people.done

    def over(self, metric: Metric, span: Span, persons: frozenset[int] | None = None) -> Amount:
        """The metric of a span: of all, or of some."""
        people = {done.person for done in self._done} if persons is None else persons
        each = [self._of_one(metric, span, person) for person in people]
        return Amount(sum(one.amount for one in each), sum(one.per for one in each))

    def steps(self, metric: Metric, starts: Sequence[int], until: int) -> list[Amount]:
        """The metric of each step alone."""
        ends = [*starts[1:], until]
        return [self.over(metric, Span(start, end)) for start, end in zip(starts, ends, strict=True)]

    def by_segment(self, metric: Metric, span: Span, segment: Segment) -> dict[float | int | None, Amount]:
        """By the value that counts of each person: a float is a number, an int the hash of a text."""
        of = {person: self._value(person, segment) for person in {done.person for done in self._done}}
        return {
            value: self.over(metric, span, frozenset(person for person, its in of.items() if its == value))
            for value in set(of.values())
        }

    def _value(self, person: int, segment: Segment) -> float | int | None:
        said = self._people.value(person, segment)
        return None if said is None else said[1]

    def _of_one(self, metric: Metric, span: Span, person: int) -> Amount:
        """What one person adds to a metric."""
        if metric.kind in OF_VALUES:
            return self._numbers(metric, span, person)
        times = self._times(metric.event, metric, span, person)
        waits = []
        for at, next_ in zip(times, [*times[1:], span.until], strict=False):
            later = [other for other in self._times(metric.then, None, span, person) if at < other <= next_]
            waits += [other - at for other in later[:1]]
        return {
            MetricKind.PEOPLE: Amount(min(1, len(times))),
            MetricKind.TIMES: Amount(len(times)),
            MetricKind.TIMES_PER_PERSON: Amount(len(times), min(1, len(times))),
            MetricKind.CONVERSION: Amount(min(1, len(waits)), min(1, len(times))),
            MetricKind.REPEATED_CONVERSION: Amount(len(waits), len(times)),
            MetricKind.TIME_BETWEEN: Amount(sum(waits), len(waits)),
        }[metric.kind]

    def _times(self, event: str, metric: Metric | None, span: Span, person: int) -> list[int]:
        where = None if metric is None else metric.where
        return sorted(
            {done.at for done in self._of(span, person) if done.event == event and (where is None or has(done, where))}
        )

    def _numbers(self, metric: Metric, span: Span, person: int) -> Amount:
        last = {
            (done.at, done.event): done.said[metric.property]
            for done in self._of(span, person)
            if isinstance(done.said.get(metric.property), float)
            and (not metric.event or done.event == metric.event)
            and (metric.where is None or has(done, metric.where))
        }
        return Amount(sum(last.values()), len(last))

    def _of(self, span: Span, person: int) -> list[Done]:
        return [done for done in self._done if done.person == person and span.since <= done.at < span.until]
