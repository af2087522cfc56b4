"""EZ posts of the common shape, in the fast lane: a query, or a form of the usual content type without a query.

One dictionary look-up and a place in the open group per request. Whatever else there is, and whatever is refused, is
the declared route's (`routes.py`).
"""

from producers.stathat import replies
from producers.stathat.intake import Intake
from producers.stathat.posts import FORM_BYTES_MAX
from producers.web.lane import FORM, Lane, LaneRequest, SameAnswer, Taken
from tilde.web.parameters import parse


def ez_lane(intake: Intake) -> Lane:
    """The lane of `/ez`."""
    return Lane("/ez", frozenset({b"GET", b"POST"}), frozenset({FORM}), _Ez(intake).take)


class _Ez:
    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._ok = SameAnswer.of(replies.reply(replies.OK))

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take."""
        if request.head.method == b"GET":
            source = request.head.query
        elif request.head.query:
            return None
        else:
            source = request.text or b""
        if len(source) > FORM_BYTES_MAX:
            return None
        taken = self._intake.take_ez(parse(source))
        if taken is None:
            return None
        durable, numbers = taken
        return Taken(durable, self._ok, self._intake.tally, numbers)
