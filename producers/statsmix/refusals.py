"""What a client of StatsMix's is told of a refusal, and with which status."""

from producers.statsmix.posts import META_MAX, REF_ID_MAX
from producers.statsmix.reasons import Reason, Rejection
from producers.statsmix.requests import FORM_BYTES_MAX

TEXTS = {
    Reason.NO_KEY: "api_key is missing: send it as X-StatsMix-Token or as parameter api_key",
    Reason.INVALID_KEY: "api_key is not known",
    Reason.NO_STAT: "name is missing",
    Reason.STAT_NAME_TOO_LONG: "name has more than 255 characters",
    Reason.BAD_STAT_NAME: "name has control characters in it",
    Reason.FAN_OUT_TOO_WIDE: "name stands for too many metrics",
    Reason.BAD_VALUE: "value is not a number",
    Reason.BAD_GENERATED_AT: "generated_at is not a time between 1970 and 2106, such as 2012-07-08 12:33:53",
    Reason.BAD_META: f"meta is not JSON of at most {META_MAX:,} characters",
    Reason.BAD_REF_ID: f"ref_id has more than {REF_ID_MAX} characters, or control characters",
    Reason.NO_METRIC_ID: "metric_id is missing",
    Reason.UNKNOWN_METRIC: "no such metric in your account",
    Reason.UNKNOWN_PROFILE: "no such profile in your account",
    Reason.FOREIGN_PROFILE: "the metric is not in that profile",
    Reason.UNKNOWN_STAT: "no such stat in your account",
    Reason.BODY_TOO_LONG: f"a body has at most {FORM_BYTES_MAX >> 10} KiB",
    Reason.BODY_CUT_OFF: "the body was cut off",
    Reason.NO_DATAGRAM: "no JSON object in a JSON string",
    Reason.PIXEL_IS_OFF: "the pixel is off",
    Reason.NOT_TOGETHER: "p and m do not belong together",
    Reason.LOG_NOT_WRITABLE: "temporarily unavailable",
    Reason.CLOCK_IS_WRONG: "the clock of the server is wrong",
    Reason.NO_ROOM: "too many large posts at a time",
    Reason.API_AWAY: "temporarily unavailable",
}
UNAVAILABLE = 503
_INVALID = 422
_FORBIDDEN = 403
_STATUSES = {
    Reason.NO_KEY: 401,
    Reason.INVALID_KEY: 401,
    Reason.UNKNOWN_METRIC: 404,
    Reason.UNKNOWN_PROFILE: 404,
    Reason.FOREIGN_PROFILE: 404,
    Reason.UNKNOWN_STAT: 404,
    Reason.BODY_TOO_LONG: 413,
    Reason.BODY_CUT_OFF: 400,
    Reason.LOG_NOT_WRITABLE: UNAVAILABLE,
    Reason.CLOCK_IS_WRONG: UNAVAILABLE,
    Reason.NO_ROOM: UNAVAILABLE,
    Reason.API_AWAY: UNAVAILABLE,
}
# v1 says of what is somebody else's that it is forbidden, v2 that it is not there.
_OF_V1 = {Reason.UNKNOWN_PROFILE: _FORBIDDEN, Reason.FOREIGN_PROFILE: _FORBIDDEN}


def status_of(reason: Reason, version: int) -> int:
    """The status that a refusal has in a version of the API."""
    statuses = {**_STATUSES, **_OF_V1} if version == 1 else _STATUSES
    return statuses.get(reason, _INVALID)


def text_of(rejection: Rejection) -> str:
    """What to say."""
    return rejection.message or TEXTS[rejection.reason]
