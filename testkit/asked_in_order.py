"""Answers funnels, cohorts and A/B tests as slowly and simply as they read, for tests to compare with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from testkit.asked_people import AskedPeople
from tilde.domain.people.ab_test import AbTest, Seen
from tilde.domain.people.cohort import Cohort, Cohorts
from tilde.domain.people.funnel import Funnel, Step, Walked
from tilde.domain.people.segment import Of, Segment, Value


def walked(people: AskedPeople, funnel: Funnel) -> set[Walked]:
    """The segments."""
    walks = defaultdict(list)
    for person in people.everybody:
        tries = _tries(people, person, funnel)
        if tries:
            walks[_segment(people, person, funnel.segment)].append(max(tries, key=len))  # the first of the longest
    if funnel.segment is None:
        walks[Value(Of.EVERYBODY)] = walks[Value(Of.EVERYBODY)]
    return {Walked(segment, tuple(_steps(some))) for segment, some in walks.items()}


def _tries(people: AskedPeople, person: int, funnel: Funnel) -> list[list[int]]:
    """The seconds of the steps that each try came to."""
    first, *rest = (people.seconds(person, step) for step in funnel.steps.parts)
    tries = []
    for began in first:
        came = [began]
        for seconds in rest:
            later = [at for at in seconds if at > came[-1]]
            if not later or (funnel.window_s is not None and later[0] > began + funnel.window_s):
                break
            came.append(later[0])
        tries.append(came)
    return tries


def _steps(walks: list[list[int]]) -> Iterable[Step]:
    for nth in range(max(map(len, walks), default=0)):
        took = [walk[nth] - walk[nth - 1] for walk in walks if len(walk) > nth]
        yield Step(len(took), median(took), fmean(took)) if nth else Step(len(took), None, None)


def _segment(people: AskedPeople, person: int, segment: Segment | None) -> Value:
    if segment is None:
        return Value(Of.EVERYBODY)
    said = _said(people, person, segment)
    return Value(Of.NOBODY) if said is None else said[1]


def _said(people: AskedPeople, person: int, segment: Segment) -> tuple[int, Value] | None:
    """When the value that counts was said, and which it is."""
    said = people.value(person, segment)
    if said is None:
        return None
    at, value = said
    return at, Value(Of.VALUE, text=value) if isinstance(value, int) else Value(Of.VALUE, number=value)


def counted(people: AskedPeople, cohorts: Cohorts, edges: Sequence[int]) -> set[Cohort]:
    """The rows."""
    again = defaultdict(list)
    for person in people.everybody:
        first = next(iter(people.seconds(person, cohorts.first)), -1)
        if cohorts.span.since <= first < cohorts.span.until:
            nth = _period(edges, first)
            later = {_period(edges, at) - nth for at in people.seconds(person, cohorts.again) if at > first}
            row = (nth if cohorts.segment is None else None, _segment(people, person, cohorts.segment))
            again[row].append(later)
    return {
        Cohort(nth, segment, len(some), tuple(sum(n in later for later in some) for n in range(cohorts.periods)))
        for (nth, segment), some in again.items()
    }


def _period(edges: Sequence[int], at: int) -> int:
    if at >= edges[-1]:
        return 10**6
    return sum(1 for edge in edges if edge <= at) - 1


def seen(people: AskedPeople, test: AbTest) -> set[Seen]:
    """The variations."""
    saw = defaultdict(list)
    for person in people.everybody:
        said = _said(people, person, test.experiment)
        if said is not None:
            at, variation = said
            saw[variation].append(any(goal > at for goal in people.seconds(person, test.goal)))
    return {Seen(variation, len(goals), sum(goals)) for variation, goals in saw.items()}
