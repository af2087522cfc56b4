"""Who asks for the days of stats asks of no more at a time than is answered, and asks of all of them."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

import pytest
from pydantic import ValidationError

from api.tilde_v1.day_routes import AskedDays
from tilde.own_paths import DAYS_ASKED_MAX
from watchers.mail.daily_numbers import numbers_of
from watchers.mail.schedule import Schedule
from watchers.occasions import Daily

DAY = date(2026, 11, 28)


class Tables:
    """Answers what the call would take, and keeps it."""

    def __init__(self) -> None:
        self.asked: list[AskedDays] = []

    async def rows(self, query: str) -> Sequence[dict[str, Any]]:
        raise NotImplementedError

    async def days(self, product: int, metrics: Sequence[int], begins: Sequence[int]) -> Sequence[dict[str, Any]]:
        self.asked.append(AskedDays(product=product, metrics=list(metrics), begins=list(begins)))
        return []


async def test_a_report_of_many_stats_is_asked_for_in_portions_that_are_answered() -> None:
    tables = Tables()
    stats = [(1, metric) for metric in range(2 * DAYS_ASKED_MAX + 1)]
    await numbers_of(stats, DAY, Schedule(UTC, Daily(UTC, 6)), tables)

    assert [len(asked.metrics) for asked in tables.asked] == [DAYS_ASKED_MAX, DAYS_ASKED_MAX, 1]
    assert [(asked.product, metric) for asked in tables.asked for metric in asked.metrics] == stats


def test_more_at_one_time_are_refused() -> None:
    with pytest.raises(ValidationError):
        AskedDays(product=1, metrics=list(range(DAYS_ASKED_MAX + 1)), begins=[0, 1])
