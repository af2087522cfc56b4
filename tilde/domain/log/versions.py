"""Gives the rows of an event their version, which is the event's place in the log: `raw offset x 512 + its place in the
batch`. Of two rows with one identity, the one of the later event stays.
"""

EVENTS_MAX = 500  # in one sealed batch; below EVENTS_PER_VERSION, so that no two events share a version
EVENTS_PER_VERSION = 512


def version_at(offset: int, place: int) -> int:
    """The version of the event at `place` of the batch at a raw offset; of place 0 it is the lowest from there on."""
    return offset * EVENTS_PER_VERSION + place


TAKEN_BACK = 1 << 62
"""The version of a row that says that a point was taken back: above that of every event, so no copy that comes late, or
again, brings it back. Its raw partition is -1, so a deletion of the whole stat sees nothing new in it.
"""
