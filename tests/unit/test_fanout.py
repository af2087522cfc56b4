"""StatHat's `~` rules, one test a rule of docs/compatibility.md, StatHat 6."""

import pytest

from tilde.domain.rejections import Reason, Rejection
from tilde.domain.stats.fanout import FAN_OUT_MAX, expand


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
        ("a~b~c", Reason.BAD_STAT_NAME),
        ("a\x00b", Reason.BAD_STAT_NAME),
        ("a\x85b", Reason.BAD_STAT_NAME),
        ("x" * 256, Reason.STAT_NAME_TOO_LONG),
        ("x" * 250 + "~short,too long", Reason.STAT_NAME_TOO_LONG),
        ("~", Reason.NO_STAT),
        ("", Reason.NO_STAT),
        ("a~" + ",".join(map(str, range(FAN_OUT_MAX + 1))), Reason.FAN_OUT_TOO_WIDE),
    ],
)
def test_a_name_that_cannot_be_a_stats_is_refused(posted, reason):
    with pytest.raises(Rejection) as refused:
        expand(posted)

    assert refused.value.reason is reason
