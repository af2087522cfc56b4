"""What hits are answered: something that is a script, a picture or a text, as it was asked for, and never nothing. A
page gets what it asked for whatever became of its hit; a site's own server is told when it was refused.
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from producers.clicky.reasons import Reason
from producers.web.pixel import GIF
from tilde.dialects.clicky import HIT_HEADERS

JS = "js"
"""What `mime` says where the answer is run as a script."""
_SERVERS = {Reason.NO_VISITOR: HTTPStatus.BAD_REQUEST, Reason.INVALID_SITEKEY: HTTPStatus.FORBIDDEN}
_PASSING = {Reason.LOG_NOT_WRITABLE, Reason.CLOCK_IS_WRONG, Reason.NO_ROOM}
_OF_BODIES = {Reason.BODY_TOO_LONG: HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.BODY_CUT_OFF: HTTPStatus.BAD_REQUEST}
_RETRY = {"retry-after": "5"}


def gif() -> Response:
    """A picture of one transparent pixel."""
    return Response(GIF, 200, HIT_HEADERS, "image/gif")


def text(said: str, mime: str | None, status: int = 200, headers: Mapping[str, str] = HIT_HEADERS) -> Response:
    """A line of text; for a script, a comment."""
    if mime == JS:
        return Response(f"/* {said} */\n", status, dict(headers), "text/javascript")
    return Response(f"{said}\n", status, dict(headers), "text/plain")


def taken(mime: str | None) -> Response:
    """The answer to a hit that counts."""
    return text("ok", mime)


def refused(reason: Reason, mime: str | None) -> Response:
    """Why a hit does not count. 503 asks for another try: the hit could not be kept."""
    status, headers = status_of(reason), HIT_HEADERS | (_RETRY if reason in _PASSING else {})
    return text(f"not counted: {reason.value}", mime, status, headers)


def status_of(reason: Reason) -> int:
    """What a page asks for is there, whether its hit counts or not: browsers tell of everything else."""
    if reason in _PASSING:
        return HTTPStatus.SERVICE_UNAVAILABLE
    return _SERVERS.get(reason) or _OF_BODIES.get(reason) or HTTPStatus.OK
