"""What requests are answered: a picture of one transparent pixel, whether they count or not. Only what could not be
kept is told, and may be tried again.
"""

from starlette.responses import Response

from producers.kissmetrics.reasons import PASSING, Reason
from producers.web.pixel import GIF
from tilde.dialects.kissmetrics import HIT_HEADERS

_RETRY = {"retry-after": "5"}


def gif() -> Response:
    """The answer to what was taken: a picture of one transparent pixel."""
    return Response(GIF, 200, dict(HIT_HEADERS), "image/gif")


def refused(reason: Reason) -> Response:
    """The picture with the status of a failure, for what could not be kept."""
    if reason in PASSING:
        return Response(f"not kept: {reason.value}\n", 503, HIT_HEADERS | _RETRY, "text/plain")
    return gif()
