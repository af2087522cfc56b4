"""Requests about traffic: page views a day, of all sites or by user, averaged over some days. And whether a white label
has so many that it gets no further site.
"""

from collections import Counter

from producers.clicky.whitelabel.errors import Error, Nok
from producers.clicky.whitelabel.requests import Call
from producers.web.questions import Questions
from tilde.domain.catalog.sites import default_clock
from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.sites.clock import clock_of
from tilde.domain.sites.clock_setting import ClockSetting
from tilde.domain.sites.daily_average import daily_average
from tilde.domain.sites.date_policy import DatePolicy
from tilde.domain.sites.day_range import DayRange
from tilde.runtime.clock import Clock

DATES = DatePolicy(default="7-days-ago", days_max=7)
"""Of a request that says none it is the same day last week, since today is not over yet."""
NOBODYS = ClockSetting(rule="usa")
"""The clock of a white label that has none of its own, and no sites."""
MONTH_DAYS = 30
SLACK_PERCENT = 20  # more than its limit: a month that is a little busier stops nobody


class TrafficCalls:
    """The calls about traffic. Each returns the lines behind `OK`, and raises what `Carry` may. A site that was deleted
    is in no number.
    """

    def __init__(self, questions: Questions, catalog: Catalog, clock: Clock, dates: DatePolicy = DATES) -> None:
        self._questions = questions
        self._catalog = catalog
        self._clock = clock
        self._dates = dates

    async def traffic(self, call: Call) -> list[str]:
        """The days that were taken, and the page views of all sites a day."""
        days = self._days(call)
        totals = await self._questions.traffic(call.account, days)
        return [str(days), str(daily_average(sum(totals.values()), days.days))]

    async def traffic_per_user(self, call: Call) -> list[str]:
        """The days, and `1:66,10:3`: of each user who is an admin of a site, those of his sites together."""
        days = self._days(call)
        totals = await self._questions.traffic(call.account, days)
        of_users: Counter[int] = Counter()
        for site in self._catalog.sites_of.get(call.account.id, ()):
            for user, is_admin in self._catalog.access[site].items():
                if is_admin:
                    of_users[user] += totals.get(site, 0)
        averages = (f"{user}:{daily_average(total, days.days)}" for user, total in sorted(of_users.items()))
        return [str(days), ",".join(averages)]

    async def require_room(self, account: Account) -> None:
        """Refuses unless a white label may have one site more: the 30 days up to yesterday had not more than its limit,
        with some slack. Raises Nok, QueryApiAwayError.
        """
        limit = self._catalog.reseller(account.id).max_traffic
        if limit is None:
            return
        today = self._today(account)
        days = DayRange(today - MONTH_DAYS, today - 1)
        total = sum((await self._questions.traffic(account, days)).values())
        if total * 100 > limit * (100 + SLACK_PERCENT) * days.days:
            raise Nok(Error.TOO_MANY_SITES)

    def _days(self, call: Call) -> DayRange:
        return self._dates.days(call.sent.get("date"), self._today(call.account))

    def _today(self, account: Account) -> int:
        setting = own_clock(self._catalog, account)
        return clock_of(setting.offset_s, setting.rule).day_at(self._clock.now_ms() // 1_000)


def own_clock(catalog: Catalog, account: Account) -> ClockSetting:
    """The clock by which a white label names days: its own, else that of most of its sites."""
    settings = catalog.reseller(account.id)
    if settings.offset_s is not None or settings.clock_rule is not None:
        return default_clock(settings)
    sites = (catalog.site(site) for site in catalog.sites_of.get(account.id, ()))
    most = Counter(site.clock for site in sites if site is not None).most_common(1)
    return most[0][0] if most else NOBODYS
