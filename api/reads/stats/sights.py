"""Makes the parameters of statements that read the points in sight of some stats.

A deletion hides the points that stand before it: those below an event id, and of each raw partition those below a place
in the log.
"""

from collections.abc import Mapping
from functools import partial

from tilde.domain.catalog.stat_records import Sight
from tilde.domain.log.versions import version_at
from tilde.schemas.topics import OF_POINTS

RAW_PARTITIONS = sum(topic.partitions for topic in OF_POINTS)
NOBODY = 0  # no metric of ours
BEFORE_ANY_CUT = (1 << 64) - 1  # the version that rows of no known partition would have to have


def cuts_of(sight: Sight) -> list[int]:
    """The least version in sight by raw partition, that of -1 first; [] where all are."""
    return [BEFORE_ANY_CUT, *map(partial(cut_of, sight), range(RAW_PARTITIONS))] if sight.ends else []


def cut_of(sight: Sight, raw_partition: int) -> int:
    """The least version in sight of what came from a partition; a release that did not know its topic hid nothing."""
    return version_at(sight.ends[raw_partition], 0) if raw_partition < len(sight.ends) else 0


def sights_where(sights: Mapping[int, Sight]) -> dict[str, object]:
    """The parameters that pick what is in sight of some metrics; `cut_places` says where in `cuts`, from 1, partition 0
    of a metric is.
    """
    firsts = [sight.first_id for sight in sights.values()]
    cuts: list[int] = []
    places = {NOBODY: 0}  # the engine looks into no empty list
    for metric, sight in sights.items():
        if sight.ends:
            places[metric] = len(cuts) + 2
            cuts += cuts_of(sight)
    return {
        "metrics": list(sights),
        "first_ids": firsts,
        "least": min(firsts),
        "cuts": cuts,
        "cut_metrics": list(places),
        "cut_places": list(places.values()),
    }
