"""The common shape of an EZ post, served without FastAPI's machinery; everything else falls through to the declared
route.

A differential property test keeps the two equal. One dictionary look-up and one group commit per request.
"""

from starlette.types import Message, Receive, Scope, Send

from producers.stathat import replies
from producers.stathat.intake import Intake
from producers.stathat.posts import FORM_BYTES_MAX
from producers.stathat.reasons import Rejection
from producers.web.parameters import parse
from tilde.dialects.stathat import POST_HEADERS
from tilde.eventlog import LogError

_FORM = b"application/x-www-form-urlencoded"
_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(replies.OK)),
        *((name.encode(), value.encode()) for name, value in POST_HEADERS.items()),
    ],
}
_BODY: Message = {"type": "http.response.body", "body": replies.OK}


class HotEz:
    """Serves an EZ post of the common shape; what it refuses or does not know is the declared route's to answer."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """None once it has answered, else how the declared route receives the same request."""
        method = scope["method"]
        if method == "GET" and not _has_body(scope):
            fields, again = parse(scope["query_string"]), receive
        elif method == "POST" and not scope["query_string"] and _is_form(scope):
            message = await receive()
            again = _replay(message, receive)
            if message["type"] != "http.request" or message.get("more_body"):
                return again
            body = message.get("body", b"")
            if len(body) > FORM_BYTES_MAX:
                return again
            fields = parse(body)
        else:
            return receive
        try:
            await self._intake.ez(fields)
        except (Rejection, LogError):
            return again  # nothing was counted: the declared route says why, or takes it where the log is well again
        await send(_START)
        await send(_BODY)
        return None


def _is_form(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return bool(value == _FORM)
    return False


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _replay(first: Message, receive: Receive) -> Receive:
    messages = [first]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
