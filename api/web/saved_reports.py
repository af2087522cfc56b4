"""Has the questions of saved reports read by the dialect in whose words they are. That dialect names
itself in its `add`, so the route that is asked knows no dialect.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

FaultOf = Callable[[int, str, Mapping[str, Any]], Awaitable[str | None]]
"""Why a report of a product, of this type and with this question, could not be run now, in the words of a run; None
where it could be, or where nobody runs reports of its type. Raises RefusedError, StoreError.
"""


class SavedReportQuestions:
    """Has questions read by the dialect that `read_with` was told of."""

    def __init__(self) -> None:
        self._fault_of: FaultOf = _nobody_runs_it

    def read_with(self, fault_of: FaultOf) -> None:
        """Names who reads the questions."""
        self._fault_of = fault_of

    async def fault_of(self, product: int, report_type: str, question: Mapping[str, Any]) -> str | None:
        """Says what is wrong with a question; None where nothing is."""
        return await self._fault_of(product, report_type, question)


async def _nobody_runs_it(product: int, report_type: str, question: Mapping[str, Any]) -> str | None:
    return None
