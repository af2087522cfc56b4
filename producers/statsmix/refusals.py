"""What a client of StatsMix's is told of a refusal, and with which status."""

from producers.edge.command_desk import CommandRefusedError
from producers.statsmix.posts import META_MAX, REF_ID_MAX
from producers.statsmix.reasons import Reason, Rejection
from producers.statsmix.requests import FORM_BYTES_MAX
from producers.web.query_api import QueryApiAwayError
from tilde.dialects.statsmix import refusals
from tilde.dialects.statsmix.refusals import Refused
from tilde.domain.catalog.refusals import Refusal
from tilde.eventlog import LogError

_AS_READS = {
    Reason.NO_KEY: refusals.NO_KEY,
    Reason.INVALID_KEY: refusals.INVALID_KEY,
    Reason.BAD_GENERATED_AT: refusals.bad_time("generated_at"),
    Reason.NO_METRIC_ID: refusals.NO_METRIC_ID,
    Reason.UNKNOWN_METRIC: refusals.UNKNOWN_METRIC,
    Reason.UNKNOWN_PROFILE: refusals.UNKNOWN_PROFILE,
    Reason.UNKNOWN_STAT: refusals.UNKNOWN_STAT,
    Reason.UNKNOWN_USER: refusals.UNKNOWN_USER,
    Reason.FOREIGN: refusals.FOREIGN,
    Reason.FOREIGN_PROFILE: Refused("the metric is not in that profile", 404, 403),
}
"""Those of a question, too, and the one whose status is the same as of an unknown profile."""
TEXTS = {
    Reason.NO_STAT: "name is missing",
    Reason.STAT_NAME_TOO_LONG: "name has more than 255 characters",
    Reason.BAD_STAT_NAME: "name has control characters in it",
    Reason.FAN_OUT_TOO_WIDE: "name stands for too many metrics",
    Reason.BAD_VALUE: "value is not a number",
    Reason.BAD_META: f"meta is not JSON of at most {META_MAX:,} characters",
    Reason.BAD_REF_ID: f"ref_id has more than {REF_ID_MAX} characters, or control characters",
    Reason.REF_TAKEN: "another stat of the metric has that ref_id",
    Reason.BAD_SETTING: "sharing is public or none, include_in_email 1 or 0",
    Reason.PROFILE_STAYS: "a profile is not deleted",
    Reason.LIMIT_REACHED: "a limit of your account is reached",
    Reason.REFUSED: "it was refused",
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
    Reason.PROFILE_STAYS: _FORBIDDEN,
    Reason.LIMIT_REACHED: _FORBIDDEN,
    Reason.BODY_TOO_LONG: 413,
    Reason.BODY_CUT_OFF: 400,
    Reason.LOG_NOT_WRITABLE: UNAVAILABLE,
    Reason.CLOCK_IS_WRONG: UNAVAILABLE,
    Reason.NO_ROOM: UNAVAILABLE,
    Reason.API_AWAY: UNAVAILABLE,
}

_LIMITS = {
    *(Refusal.TOO_MANY_NAMES, Refusal.TOO_MANY_PRODUCTS, Refusal.TOO_MANY_SETTINGS, Refusal.TOO_MANY_STATS_MADE),
    Refusal.TOO_MANY_SUBACCOUNTS,
}


AWAY = (LogError, QueryApiAwayError, TimeoutError)
"""What is raised where something that a call needs is away for now."""


def reason_away(error: Exception) -> Reason:
    """The reason to refuse while the log, or the query API, is away."""
    return Reason.LOG_NOT_WRITABLE if isinstance(error, LogError) else Reason.API_AWAY


def rejection_of(error: Exception) -> Rejection:
    """What an admin command is refused with, as a refusal of StatsMix's, in the command's words."""
    refusal = error.refusal if isinstance(error, CommandRefusedError) else None
    if refusal is Refusal.UNKNOWN_STAT:
        return Rejection(Reason.UNKNOWN_METRIC)
    return Rejection(Reason.LIMIT_REACHED if refusal in _LIMITS else Reason.REFUSED, str(error))


def status_of(reason: Reason, version: int) -> int:
    """The status that a refusal has in a version of the API."""
    told = _AS_READS.get(reason)
    return _STATUSES.get(reason, _INVALID) if told is None else told.status_in(version)


def text_of(rejection: Rejection) -> str:
    """What a client is told of a refusal."""
    told = _AS_READS.get(rejection.reason)
    return rejection.message or (TEXTS[rejection.reason] if told is None else told.text)
