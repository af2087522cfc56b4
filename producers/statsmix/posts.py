"""The fields of a StatsMix call, read from parameters or from a datagram: pure rules."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

import orjson

from producers.statsmix.reasons import Reason, Rejection
from tilde.dialects.statsmix.times import read_time
from tilde.domain.samples.sample import REF_MAX_CODE_POINTS
from tilde.domain.stats.numbers import finite
from tilde.domain.texts import is_line, with_plus
from tilde.web.parameters import Fields, sent

META_MAX = 20_000  # characters: no tag that somebody segments by is longer, and a thousand of them are one list
REF_ID_MAX = REF_MAX_CODE_POINTS
UTC = ZoneInfo("UTC")


def name_of(fields: Fields) -> str:
    """A metric's name. Raises Rejection."""
    name = sent(fields, "name")
    if name is None:
        raise Rejection(Reason.NO_STAT)
    if type(name) is not str:
        raise Rejection(Reason.BAD_STAT_NAME)
    return name


def value_of(fields: Fields, name: str = "value") -> float | None:
    """The value; None where none was sent. Raises Rejection."""
    raw = sent(fields, name)
    if raw is None:
        return None
    value = finite(with_plus(raw) if type(raw) is str else raw)
    if value is None:
        raise Rejection(Reason.BAD_VALUE)
    return value


def time_of(fields: Fields, zone: tzinfo = UTC) -> int | None:
    """`generated_at` in unix milliseconds; None where none was sent. Raises Rejection."""
    raw = sent(fields, "generated_at")
    if raw is None:
        return None
    t_ms = read_time(raw, zone) if type(raw) is str else None
    if t_ms is None:
        raise Rejection(Reason.BAD_GENERATED_AT)
    return t_ms


def meta_of(fields: Fields) -> str | None:
    """`meta` as JSON text; None where none was sent. Raises Rejection."""
    raw = sent(fields, "meta")
    if raw is None:
        return None
    try:
        text = raw if type(raw) is str else orjson.dumps(raw).decode()
        orjson.loads(text)
    except ValueError:
        raise Rejection(Reason.BAD_META) from None
    if len(text) > META_MAX:
        raise Rejection(Reason.BAD_META)
    return str(text)


def ref_of(fields: Fields) -> str | None:
    """`ref_id`; None where none was sent. Raises Rejection."""
    raw = sent(fields, "ref_id")
    if raw is None:
        return None
    ref = str(raw) if type(raw) in (str, int) else ""
    if not is_ref(ref):
        raise Rejection(Reason.BAD_REF_ID)
    return ref


def is_ref(text: str) -> bool:
    """Whether a stat may have this ref."""
    return 0 < len(text) <= REF_ID_MAX and is_line(text)
