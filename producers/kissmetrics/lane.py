"""Events, properties and aliases of the common shape, in the fast lane: a query, or a form or a beacon's text, by a
key that this edge knows.

What is refused, and what has to wait for the catalog, is the declared route's (`routes.py`).
"""

from producers.kissmetrics import reading, replies
from producers.kissmetrics.intake import Intake
from producers.kissmetrics.reading import Read
from producers.kissmetrics.reasons import Reason
from producers.kissmetrics.routes import BODY_BYTES_MAX
from producers.web.lane import FORM_OR_BEACON, Answer, Lane, LaneRequest, SameAnswer, Taken
from tilde.dialects.kissmetrics import ALIAS, EVENT, SET
from tilde.eventlog import LogError
from tilde.web.parameters import parse


def lanes(intake: Intake) -> list[Lane]:
    """The lanes of `/e`, `/s` and `/a`."""
    reads = {EVENT: reading.event, SET: reading.properties, ALIAS: reading.alias}
    each = {path: _ActivityLane(intake, read) for path, read in reads.items()}
    methods = {b"GET", b"POST"}
    return [Lane(path, methods, FORM_OR_BEACON, lane.take, too_long=lane.too_long) for path, lane in each.items()]


class _ActivityLane:
    def __init__(self, intake: Intake, read: Read) -> None:
        self._intake = intake
        self._read = read
        self._gif = SameAnswer.of(replies.gif())

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take."""
        body = request.text or b""
        if len(body) > BODY_BYTES_MAX:
            return None
        try:
            durable = self._intake.leave(parse(request.head.query, body), self._read)
        except LogError:  # somebody's key cannot be read
            return None
        return None if durable is None else Taken(durable, self._gif, self._intake.tally, 1)

    def too_long(self) -> Answer:
        """As Lane.too_long: a picture, as of a body that is."""
        self._intake.tally.refuse(Reason.BODY_TOO_LONG)
        return self._gif
