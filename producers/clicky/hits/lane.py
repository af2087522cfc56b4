"""Hits of the common shape, in the fast lane: of a page, for a site that this edge knows, from one of its own domains.

What is refused, what has to wait for the catalog, and what a site's own server sends is the declared route's
(`routes.py`).
"""

from producers.clicky.hits import replies
from producers.clicky.hits.intake import ADMIN_KEY, HEADERS, HitRequest, Intake
from producers.clicky.hits.reading import SITE_DIGITS_MAX, Pairs, SentHit
from producers.clicky.hits.routes import BODY_BYTES_MAX
from producers.web.lane import FORM_OR_BEACON, Answer, Lane, LaneRequest, SameAnswer, Taken
from tilde.dialects.clicky import IN, PIXEL
from tilde.domain.hits.hit import Transport
from tilde.eventlog import LogError

_BEFORE, _BEHIND = (part.encode() for part in PIXEL.split("{site_id:int}"))


def lanes(intake: Intake, pairs: Pairs) -> list[Lane]:
    """The lane of `in.php`, and that of the pixel."""
    of_scripts, of_pixels = _ScriptLane(intake, pairs), _PixelLane(intake, pairs)
    return [
        Lane(IN, {b"GET", b"POST"}, FORM_OR_BEACON, of_scripts.take, wants_client=True, headers=HEADERS),
        Lane(PIXEL, {b"GET"}, (), of_pixels.take, wants_client=True, headers=HEADERS),
    ]


class _ScriptLane:
    def __init__(self, intake: Intake, pairs: Pairs) -> None:
        self._intake = intake
        self._pairs = pairs
        self._script, self._text = SameAnswer.of(replies.taken(replies.JS)), SameAnswer.of(replies.taken(None))

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take."""
        query, body = request.head.query, request.text or b""
        if len(body) > BODY_BYTES_MAX:
            return None
        sent = self._pairs.read(query, body) if body else self._pairs.read(query)
        mime = (self._pairs.read(query) if body else sent).get("mime")
        answer = self._script if mime == replies.JS else self._text
        return _taken(self._intake, sent.site, request, sent, Transport.SCRIPT, answer)


class _PixelLane:
    def __init__(self, intake: Intake, pairs: Pairs) -> None:
        self._intake = intake
        self._pairs = pairs
        self._gif = SameAnswer.of(replies.gif())

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take."""
        query = request.head.query
        digits = request.head.path.removeprefix(_BEFORE).removesuffix(_BEHIND)
        if len(digits) > SITE_DIGITS_MAX:
            return None
        sent = self._pairs.read(query)
        return _taken(self._intake, int(digits), request, sent, Transport.PIXEL, self._gif)


def _taken(
    intake: Intake,
    site: int | None,
    request: LaneRequest,
    sent: SentHit,
    by: Transport,
    answer: Answer,
) -> Taken | None:
    if ADMIN_KEY in sent.own:
        return None
    try:
        durable = intake.leave(site, HitRequest(sent, by, request.client, request.head.wanted))
    except LogError:  # a visitor's key cannot be read
        return None
    return None if durable is None else Taken(durable, answer, intake.tally, 1)
