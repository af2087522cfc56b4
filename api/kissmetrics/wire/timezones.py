"""How the time zone of a product is shown: an IANA name, also of a clock that is hours and a rule, where one fits."""

from tilde.domain.sites.clock_setting import RULES, ClockSetting

_HOUR_S = 3_600
_FITTING = {
    (-8, "usa"): "US/Pacific",
    (-7, "usa"): "US/Mountain",
    (-6, "usa"): "US/Central",
    (-5, "usa"): "US/Eastern",
    (0, "eu"): "Europe/London",
    (1, "eu"): "Europe/Paris",
    (2, "eu"): "Europe/Athens",
}


def zone_shown(clock: ClockSetting) -> str:
    """`US/Pacific` of -8 hours with the summers of the USA; `+05:30` of hours that no zone of the list fits."""
    if clock.rule not in RULES:
        return clock.rule
    hours, rest = divmod(clock.offset_s, _HOUR_S)
    fitting = None if rest else _FITTING.get((hours, clock.rule))
    return fitting or _offset(clock.offset_s + (_HOUR_S if clock.rule == "1" else 0))


def _offset(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"
