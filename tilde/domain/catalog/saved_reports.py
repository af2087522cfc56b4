"""Saved reports: a name, and the question, such as a search of people. At which hour reports come by mail is in
`account_report_hours.py`.
"""

import re
from dataclasses import dataclass, replace
from typing import Annotated

from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.entries import Action, Decision, Entry, Fact, require
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Catalog
from tilde.domain.texts import is_title

REPORTS_MAX = 500  # of a product: 8 MB of them, in every process
REPORT_NAME_MAX = 255
REPORT_BODY_MAX = 16_000  # bytes, sealed
_TYPE = re.compile("[a-z0-9_]{1,64}")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SaveReport(Action):
    product: int
    uuid: Annotated[str, "Random, made at the edge."]
    name: str
    report_type: str
    body: bytes

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.product in catalog.products, Refusal.UNKNOWN_PRODUCT)
        is_free = _UUID.fullmatch(self.uuid) is not None and self.uuid not in catalog.saved_reports
        require(is_free, Refusal.BAD_REPORT_UUID)
        _require_fit(self.name, self.report_type, self.body)
        require(len(catalog.saved_reports_of.get(self.product, ())) < REPORTS_MAX, Refusal.TOO_MANY_REPORTS)
        saved = ReportSaved(self.product, self.uuid, self.name, self.report_type, self.body)
        return Decision((saved,), {"product": self.product})


@dataclass(frozen=True, slots=True)
class ChangeSavedReport(Action):
    """Changes a report that is kept; what is null stays as it is."""

    uuid: str
    name: str | None = None
    report_type: str | None = None
    body: bytes | None = None

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.uuid in catalog.saved_reports, Refusal.UNKNOWN_REPORT)
        before = catalog.saved_reports[self.uuid]
        name = before.name if self.name is None else self.name
        report_type = before.report_type if self.report_type is None else self.report_type
        body = before.body if self.body is None else self.body
        _require_fit(name, report_type, body)
        return Decision((SavedReportChanged(self.uuid, name, report_type, body),), {"product": before.product})


def _require_fit(name: str, report_type: str, body: bytes) -> None:
    require(0 < len(name) <= REPORT_NAME_MAX and is_title(name), Refusal.BAD_REPORT_NAME)
    require(_TYPE.fullmatch(report_type), Refusal.BAD_REPORT_TYPE)
    require(len(body) <= REPORT_BODY_MAX, Refusal.REPORT_TOO_LONG)


@dataclass(frozen=True, slots=True)
class DeleteSavedReport(Action):
    uuid: str

    def decide(self, catalog: Catalog, now_ms: int) -> Decision:
        require(self.uuid in catalog.saved_reports, Refusal.UNKNOWN_REPORT)
        return Decision((SavedReportDeleted(self.uuid),), {"product": catalog.saved_reports[self.uuid].product})


@dataclass(frozen=True, slots=True)
class ReportSaved(Fact):
    product: int
    uuid: str
    name: str
    report_type: str
    body: Annotated[bytes, "JSON, sealed: a search may name a person."]

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.saved_reports[self.uuid] = SavedReport(
            self.uuid, self.product, self.name, self.report_type, self.body, entry.sequence, entry.at_ms
        )
        catalog.saved_reports_of.setdefault(self.product, {})[self.uuid] = None


@dataclass(frozen=True, slots=True)
class SavedReportChanged(Fact):
    uuid: str
    name: str
    report_type: str
    body: bytes

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        catalog.saved_reports[self.uuid] = replace(
            catalog.saved_reports[self.uuid], name=self.name, report_type=self.report_type, body=self.body
        )


@dataclass(frozen=True, slots=True)
class SavedReportDeleted(Fact):
    uuid: str

    def apply(self, catalog: Catalog, entry: Entry) -> None:
        gone = catalog.saved_reports.pop(self.uuid)
        del catalog.saved_reports_of[gone.product][self.uuid]


ACTIONS = (SaveReport, ChangeSavedReport, DeleteSavedReport)
FACTS = (ReportSaved, SavedReportChanged, SavedReportDeleted)
