"""Questions about people, as hypothesis makes them: of events a and b, and of properties p and q. Now and then they are
of what is not there: of an event that nobody did, of a property or a value that nobody has, of a time before all.
"""

from hypothesis import strategies as st

from tilde.domain.people.ab_test import AbTest
from tilde.domain.people.cohort import Cohorts
from tilde.domain.people.funnel import Funnel
from tilde.domain.people.metric import OF_TWO, OF_VALUES, Metric, MetricKind
from tilde.domain.people.question import EVER, ONCE, Bound, Did, Group, Had, Join, Part, Span, Times, Values
from tilde.domain.people.segment import Segment, Which

BEGAN = 1_700_000_000
SECONDS = 20
TEXTS = (7, 8)

NOBODYS = "n"
"""The name of an event that nobody does, and of a property that nobody has."""
NOBODYS_TEXT, NOBODYS_NUMBER = 9, 9.0
BEFORE_ALL = Span(BEGAN - 9, BEGAN - 5)

SPANS = (
    st.just(EVER)
    | st.just(BEFORE_ALL)
    | st.tuples(st.integers(0, SECONDS), st.integers(0, SECONDS)).map(
        lambda ends: Span(BEGAN + min(ends), BEGAN + max(ends) + 1)
    )
)
_NUMBERS = st.none() | st.sampled_from((0.0, 1.0, 2.0, 3.0, 4.0, NOBODYS_NUMBER))
_TEXTS = st.frozensets(st.sampled_from((*TEXTS, NOBODYS_TEXT)), min_size=1)
_RANGES = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda ends: Values(float(min(ends)), float(max(ends))))
_VALUES = st.none() | _RANGES | st.builds(Values, texts=_TEXTS) | st.builds(Values, _NUMBERS, _NUMBERS, _TEXTS)
_TIMES = st.just(ONCE) | st.builds(Times, st.sampled_from(Bound), st.integers(0, 3))
_AT_LEAST = st.just(ONCE) | st.builds(Times, st.just(Bound.AT_LEAST), st.integers(0, 3))
_EVENTS, _PROPERTIES = st.sampled_from(f"aabb{NOBODYS}"), st.sampled_from(f"ppqq{NOBODYS}")

PROPERTIES_HAD = st.builds(Had, _PROPERTIES, _VALUES)
"""What was said of a property, whenever."""
_WHERE = st.none() | st.none() | PROPERTIES_HAD
_MEANWHILE = (
    st.none() | st.none() | PROPERTIES_HAD | st.builds(Had, _PROPERTIES, st.none(), negated=st.just(True))
)  # it is empty


_IS_FIRST_EVER, _NOT = st.sampled_from([False, False, True]), st.just(False)


def _did(times: st.SearchStrategy[Times], negated: st.SearchStrategy[bool] = _NOT) -> st.SearchStrategy[Did]:
    return st.builds(Did, _EVENTS, SPANS, times, _WHERE, negated, _MEANWHILE, _IS_FIRST_EVER)


def _had(negated: st.SearchStrategy[bool] = _NOT) -> st.SearchStrategy[Had]:
    return st.builds(Had, _PROPERTIES, _VALUES, SPANS, negated, _IS_FIRST_EVER)


def _parts(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[tuple[Part, ...]]:
    """One to three, and sometimes none: of those there is one answer, whoever did what."""
    some = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(*[some] * 5, st.just(()))


_STEPS: st.SearchStrategy[Part] = st.recursive(
    _did(_AT_LEAST) | _had(),
    lambda parts: st.builds(Group, st.sampled_from([Join.ANY, Join.THEN]), _parts(parts)),
    max_leaves=4,
)
_SEQUENCES = st.builds(Group, st.just(Join.THEN), _parts(_STEPS), st.booleans())
_LEAVES = _did(_TIMES, st.booleans()) | _had(st.booleans())
QUESTIONS: st.SearchStrategy[Part] = st.recursive(
    _LEAVES | _SEQUENCES,
    lambda parts: st.builds(Group, st.sampled_from([Join.ALL, Join.ANY]), _parts(parts), st.booleans()),
    max_leaves=8,
)

FIRST_OR_MEANWHILE: st.SearchStrategy[Did | Had] = _LEAVES.filter(
    lambda leaf: leaf.is_first_ever or (isinstance(leaf, Did) and leaf.meanwhile is not None)
)
"""Conditions of which times count that are the first of all, or while a property is what it is."""

STEPS: st.SearchStrategy[Part] = st.recursive(
    _did(st.just(ONCE)) | _had(),
    lambda parts: st.builds(Group, st.just(Join.ANY), st.lists(parts, min_size=1, max_size=3).map(tuple)),
    max_leaves=3,
)
_SEGMENTS = st.builds(Segment, _PROPERTIES, st.sampled_from(Which), SPANS)
FUNNELS = st.builds(
    lambda steps, window_s, segment: Funnel(Group(Join.THEN, tuple(steps)), ("",) * len(steps), window_s, segment),
    st.lists(STEPS, min_size=2, max_size=4),
    st.none() | st.integers(0, SECONDS),
    st.none() | _SEGMENTS,
)


def _cohorts(
    first: Part, again: Part, later: set[int], cohorts: int, span: Span, segment: Segment | None
) -> tuple[Cohorts, tuple[int, ...]]:
    edges = (BEGAN, *(BEGAN + at for at in sorted(later)))
    cohorts = min(cohorts, len(later))
    within = Span(max(span.since, BEGAN), min(span.until, edges[cohorts]))
    return Cohorts(first, again, within, "day", len(edges) - cohorts, segment), edges


COHORTS: st.SearchStrategy[tuple[Cohorts, tuple[int, ...]]] = st.builds(
    _cohorts,
    STEPS,
    STEPS,
    st.sets(st.integers(1, SECONDS + 5), min_size=1, max_size=8),
    st.integers(1, 8),
    SPANS,
    st.none() | _SEGMENTS,
)
AB_TESTS = st.builds(AbTest, st.builds(Segment, _PROPERTIES, st.just(Which.FIRST), SPANS), STEPS, st.just(""))
_OF_ONE = [kind for kind in MetricKind if kind not in OF_TWO | OF_VALUES]
METRICS: st.SearchStrategy[Metric] = st.one_of(
    st.builds(
        Metric,
        st.sampled_from(_OF_ONE),
        _EVENTS,
        st.just(""),
        st.just(""),
        _WHERE,
    ),
    st.builds(Metric, st.sampled_from([*OF_TWO]), _EVENTS, _EVENTS, st.just(""), _WHERE),
    st.builds(Metric, st.sampled_from([*OF_VALUES]), st.just("") | _EVENTS, st.just(""), _PROPERTIES, _WHERE),
)
SEGMENTS_EVER = st.builds(Segment, _PROPERTIES, st.sampled_from(Which))
