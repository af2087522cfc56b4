"""StatHat's replies, their bodies to the byte: clients compare them (docs/compatibility.md)."""

import orjson
from starlette.responses import Response

from producers.stathat.reasons import Reason
from tilde.dialects.stathat.record import POST_HEADERS

MESSAGES: dict[Reason, str] = {
    Reason.NO_EZKEY: "no ezkey specified",
    Reason.INVALID_EZKEY: "invalid ezkey",
    Reason.EZ_IS_OFF: "ez api is off",
    Reason.INVALID_KEYS: "invalid keys",
    Reason.INVALID_TOKEN: "invalid access token",
    Reason.WRONG_KIND: "wrong kind",
    Reason.NO_STAT: "no stat",
    Reason.STAT_NAME_TOO_LONG: "stat name too long",
    Reason.BAD_STAT_NAME: "bad stat name",
    Reason.FAN_OUT_TOO_WIDE: "too many stats after ~",
    Reason.NO_COUNT_OR_VALUE: "no count or value",
    Reason.BAD_COUNT: "bad count",
    Reason.BAD_VALUE: "bad value",
    Reason.BAD_T: "bad t",
    Reason.BAD_JSON: "bad json",
    Reason.JSON_TOO_LONG: "json too long",
    Reason.BODY_TOO_LONG: "body too long",
    Reason.BODY_CUT_OFF: "body cut off",
    Reason.LOG_NOT_WRITABLE: "temporarily unavailable",
    Reason.CLOCK_IS_WRONG: "server clock is wrong",
    Reason.NO_ROOM: "too many large posts at a time",
}
"""In StatHat's words where a client was seen to know them."""

OK = b'{"status":200,"msg":"ok"}'
UNAVAILABLE = b'{"status":503,"msg":"temporarily unavailable"}'
NO_ROOM = b'{"status":503,"msg":"too many large posts at a time"}'
WRONG_CLOCK = b'{"status":503,"msg":"server clock is wrong"}'


def reply(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON body as StatHat's clients expect it."""
    return Response(body, status, POST_HEADERS | (headers or {}), "application/json")


def failure(reason: Reason) -> bytes:
    """What was refused and why, in StatHat's form."""
    return orjson.dumps({"status": 500, "msg": MESSAGES[reason]})


def batch(taken: int, left_out: dict[int, Reason]) -> bytes:
    """How many items of a batch were taken, and which were left out, by their place in the list."""
    told: dict[str, object]
    if left_out and not taken:
        told = {"status": 500, "msg": MESSAGES[next(iter(left_out.values()))], "multiple": 0}
    else:
        told = {"status": 200, "msg": "ok", "multiple": taken}
    if left_out:
        told["errors"] = [{"index": index, "msg": MESSAGES[reason]} for index, reason in left_out.items()]
    return orjson.dumps(told)
