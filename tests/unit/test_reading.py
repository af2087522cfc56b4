"""Which messages of whole topics are cut, and which are decoded."""

import pytest

from testkit.sealed import a_post, a_sealed_batch
from tilde.schemas.codec import decode
from tilde.schemas.cut_activity import cut_activity
from tilde.schemas.cut_hits import cut_hits
from tilde.schemas.cut_stats import CutStat, cut_stats
from tilde.schemas.reading import READERS, Reader, decoded
from tilde.schemas.topics import ACTIVITY, HITS, SAMPLE_WRITES, STATS, Topic


def test_posts_are_cut_and_can_be_read_as_if_they_had_not_been() -> None:
    """An event that was not cut is itself."""
    (event,) = READERS[STATS.subject](a_sealed_batch([a_post(1, "hits")]))["events"]

    assert isinstance(event, CutStat)
    assert decoded(event) == a_post(1, "hits")
    assert decoded({"id": 1}) == {"id": 1}


@pytest.mark.parametrize(("topic", "cut"), [(STATS, cut_stats), (HITS, cut_hits), (ACTIVITY, cut_activity)])
def test_topics_of_which_there_is_very_much_are_cut(topic: Topic, cut: Reader) -> None:
    assert READERS[topic.subject] is cut


def test_all_others_are_decoded() -> None:
    """A write of a sample is read whole: there are few."""
    message = a_sealed_batch([], topic=SAMPLE_WRITES)

    assert READERS[SAMPLE_WRITES.subject](message) == decode(message, SAMPLE_WRITES.subject)
