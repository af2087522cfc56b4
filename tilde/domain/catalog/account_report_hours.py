"""When an account's reports come: at which hour of its days."""

from dataclasses import dataclass, replace
from typing import Annotated

from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog

HOURS = range(24)
NO_HOUR = -1
"""The one that all have again."""


@dataclass(frozen=True, slots=True)
class ScheduleReport(Action):
    account: int
    hour: Annotated[int, "0 to 23, by the clock of the account's first product."]

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.account in catalog.accounts, Refusal.UNKNOWN_ACCOUNT)
        require(self.hour in HOURS or self.hour == NO_HOUR, Refusal.BAD_REPORT_HOUR)
        return Decision((ReportScheduled(self.account, self.hour),), {"account": self.account})


@dataclass(frozen=True, slots=True)
class ReportScheduled(Fact):
    account: int
    hour: int

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        hour = None if self.hour == NO_HOUR else self.hour
        before = catalog.accounts[self.account]
        catalog.accounts[self.account] = replace(before, report_hour=hour, changed_ms=entry.at_ms)


ACTIONS = (ScheduleReport,)
FACTS = (ReportScheduled,)
