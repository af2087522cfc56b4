"""What is asked of what people did, as it stands in the file of jobs."""

from hypothesis import given
from hypothesis import strategies as st

from testkit.questions import PROPERTIES_HAD, SPANS
from tilde.domain.people.acts import AskedActs, acts_json, acts_of
from tilde.domain.people.question import Compared, Comparison, Had

ASKED = st.builds(
    AskedActs,
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
    st.none() | PROPERTIES_HAD,
    st.none() | st.text(max_size=5),
    st.none() | st.integers(0, 2**63 - 1),
    SPANS,
)


@given(ASKED)
def test_it_is_read_as_it_was_written(asked: AskedActs) -> None:
    assert acts_of(acts_json(asked)) == asked


def test_a_value_that_is_not_found_out_yet_stays_what_it_is() -> None:
    """Which texts contain something is found out when the job runs."""
    asked = AskedActs(where=Had("plan", Compared(Comparison.CONTAINS, "Gold")))
    assert acts_of(acts_json(asked)) == asked
