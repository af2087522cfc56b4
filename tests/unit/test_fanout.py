"""The rules of `~`, one test a rule of docs/compatibility.md, StatHat 6."""

import pytest

from tilde.domain.stats.fanout import FAN_OUT_MAX, BadNameError, NameFault, expand


@pytest.mark.parametrize(
    ("posted", "stats"),
    [
        ("page view", ["page view"]),
        ("messages sent~total,female,europe", ["messages sent total", "messages sent female", "messages sent europe"]),
        (" sent ~ total , female ", ["sent total", "sent female"]),
        ("sent~total,,female,", ["sent total", "sent female"]),
        ("sent~total,total", ["sent total"]),
        ("a~", ["a"]),
        ("~bare,piece", ["bare", "piece"]),
        ("Keeps  Case", ["Keeps  Case"]),
        ("x" * 255, ["x" * 255]),
        ("日本~東京", ["日本 東京"]),
    ],
)
def test_a_name_stands_for_these_stats(posted, stats):
    assert expand(posted) == stats


@pytest.mark.parametrize(
    ("posted", "reason"),
    [
        ("a~b~c", NameFault.BAD_STAT_NAME),
        ("a\x00b", NameFault.BAD_STAT_NAME),
        ("a\x85b", NameFault.BAD_STAT_NAME),
        ("x" * 256, NameFault.STAT_NAME_TOO_LONG),
        ("x" * 250 + "~short,too long", NameFault.STAT_NAME_TOO_LONG),
        ("~", NameFault.NO_STAT),
        ("", NameFault.NO_STAT),
        ("a~" + ",".join(map(str, range(FAN_OUT_MAX + 1))), NameFault.FAN_OUT_TOO_WIDE),
    ],
)
def test_a_name_that_cannot_be_a_stats_is_refused(posted, reason):
    with pytest.raises(BadNameError) as refused:
        expand(posted)

    assert refused.value.fault is reason
