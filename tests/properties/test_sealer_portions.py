"""How a group's events are cut into sealed batches."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from producers.edge.sealer import BYTES_MAX, batches_of
from tilde.domain.log.versions import EVENTS_MAX

SIZES = st.lists(
    st.integers(0, 300) | st.sampled_from([BYTES_MAX // 3, BYTES_MAX - 1, BYTES_MAX, BYTES_MAX + 1]), max_size=1200
)


@given(SIZES.filter(bool))
@example([1] * 500)
@example([1] * 501)
@example([BYTES_MAX // 2] * 2)
@example([BYTES_MAX // 2] * 3)
@example([1] * 100_000)
def test_every_event_is_in_one_portion_in_order_and_no_portion_is_too_large(sizes: list[int]) -> None:
    """At most 500 events and 256 KiB, but for an event that is larger by itself; and none is cut without need."""
    events = [b"%d" % number + b" " * size for number, size in enumerate(sizes)]

    cut = list(batches_of(events))

    assert [event for portion in cut for event in portion] == events
    for portion in cut:
        assert 1 <= len(portion) <= EVENTS_MAX
        assert len(portion) == 1 or sum(map(len, portion)) <= BYTES_MAX
    for portion, following in pairwise(cut):
        is_full = len(portion) == EVENTS_MAX or sum(map(len, portion)) + len(following[0]) > BYTES_MAX
        assert is_full


def test_a_million_events_are_cut_at_all() -> None:
    """A disk that stood still for half a minute leaves as many; an earlier version ran out of stack."""
    assert sum(1 for _ in batches_of([b""] * 1_000_000)) == 2000
