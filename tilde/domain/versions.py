"""The version of what an event gives: its place in the log, which orders the events of one raw partition."""

EVENTS_MAX = 500  # in one sealed batch; below EVENTS_PER_VERSION, so that no two events share a version
EVENTS_PER_VERSION = 512


def version_at(offset: int, place: int) -> int:
    """The version of the event at `place` of the batch at a raw offset; of place 0 it is the lowest from there on."""
    return offset * EVENTS_PER_VERSION + place
