"""Saved reports: commands made from plain words, and what is shown of them. The query API looks at a question
first, which would run it. It is sealed before the command is written: a search may name a person.
"""

import json
import uuid
from typing import Any

from producers.admin.errors import NotThereError, UnfitError
from producers.edge.command_desk import CommandDesk
from producers.web.query_api import QueryApiAwayError
from producers.web.questions import Questions
from tilde.dialects.known import DIALECTS
from tilde.domain.catalog.definition_records import SavedReport
from tilde.domain.catalog.saved_reports import ChangeSavedReport, DeleteSavedReport, SaveReport
from tilde.domain.catalog.state import Catalog
from tilde.domain.texts import trimmed
from tilde.keys.keyring import Keyring

DEFAULT_TYPE = DIALECTS.report_type
"""Of a report whose type nobody says: in the words of the dialect that reads its question."""
DEPTH_MAX = 50  # brackets in brackets: far more than a question has, and far less than what a parser dies of

QuestionBody = dict[str, Any]
Warnings = dict[str, list[str]]


class SavedReports:
    """The commands about them. Each raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyring: Keyring, questions: Questions) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyring = keyring
        self._questions = questions

    async def create(self, product: int, name: str, report_type: str, question: QuestionBody) -> dict[str, Any]:
        """Keeps a question under a name. Raises UnfitError."""
        report, body = str(uuid.uuid4()), self._sealed(question)
        told = await self._looked_at(product, report_type, question)
        await self._desk.ask(SaveReport(product, report, trimmed(name), report_type, body))
        return self.show(self._catalog.saved_reports[report]) | told

    async def change(
        self, report: str, name: str | None, report_type: str | None, question: QuestionBody | None
    ) -> dict[str, Any]:
        """Changes what is given of a report. Raises UnfitError."""
        body = None if question is None else self._sealed(question)
        name = None if name is None else trimmed(name)
        told: Warnings = {}
        if report_type is not None or question is not None:
            before = self._catalog.saved_reports[report]
            asked = self._question(before) if question is None else question
            told = await self._looked_at(before.product, report_type or before.report_type, asked)
        await self._desk.ask(ChangeSavedReport(report, name, report_type, body))
        return self.show(self._catalog.saved_reports[report]) | told

    async def delete(self, report: str) -> None:
        """Has a report be kept no longer."""
        await self._desk.ask(DeleteSavedReport(report))

    def one(self, report: str) -> SavedReport:
        """The report of a UUID, however that is written. Raises NotThereError."""
        found = self._catalog.saved_reports.get(report.strip().lower())
        if found is None:
            raise NotThereError(f"no report has the id {report[:60]!r}")
        return found

    def of(self, product: int) -> list[dict[str, Any]]:
        """The reports that a product keeps, the oldest first."""
        return [self.show(self._catalog.saved_reports[one]) for one in self._catalog.saved_reports_of.get(product, ())]

    def show(self, report: SavedReport) -> dict[str, Any]:
        """A report, with its question."""
        return {
            "id": report.uuid,
            "product": report.product,
            "name": report.name,
            "report_type": report.report_type,
            "question": self._question(report),
            "created_at": report.created_ms // 1000,
        }

    def _question(self, report: SavedReport) -> QuestionBody:
        question: QuestionBody = json.loads(self._keyring.open(report.body))
        return question

    async def _looked_at(self, product: int, report_type: str, question: QuestionBody) -> Warnings:
        """What is told where nobody could look at it: a command waits for no query API. Raises UnfitError."""
        try:
            fault = await self._questions.question_fault(product, report_type, question)
        except QueryApiAwayError as away:
            return {"warnings": [f"nobody has looked whether the question can be asked: {away}"]}
        if fault is not None:
            raise UnfitError(f"the question cannot be asked: {fault}")
        return {}

    def _sealed(self, question: QuestionBody) -> bytes:
        if _depth(question) > DEPTH_MAX:
            raise UnfitError(f"a question has at most {DEPTH_MAX} brackets in brackets")
        try:
            text = json.dumps(question, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except ValueError:
            raise UnfitError("a question has numbers that JSON has: no NaN, no Infinity") from None
        return self._keyring.seal(text)


def _depth(value: Any) -> int:
    """How many brackets stand in brackets."""
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth
