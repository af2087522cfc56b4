"""`tilde` with one dialect more, that no release has: `POST /testkit/samples?write=JSON` is a write of a sample. For
kill loops, which start it as they start `tilde`: `python -m testkit.samples_up up --data ..`.
"""

import json
import sys
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from producers import wiring
from producers.parts import Parts
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from run.cli.main import run
from run.process import supervisor
from run.roles import replay, up
from testkit.samples import a_write
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.writes import Before
from tilde.domain.stats.metrics import Kind
from tilde.eventlog import LogError
from tilde.schemas.sample_writes import sample_write_encoder
from tilde.schemas.topics import SAMPLE_WRITES

PATH = "/testkit/samples"
TILDE = (sys.executable, "-P", "-m", "testkit.samples_up")


class Samples:
    """Takes writes in."""

    def __init__(self, parts: Parts) -> None:
        self._edge = parts.edge
        self._writer = parts.edge.sealer.writer(SAMPLE_WRITES)
        self._encode = sample_write_encoder()

    async def take(self, write: str) -> Response:
        """Answers, once the write is durable, with the id that it is about and the time of receipt."""
        says: dict[str, Any] = json.loads(write)
        name, before, receipt = says.pop("name"), says.pop("before", None), self._edge.receipts.now()
        says |= {"received_at": receipt.ms, "before": None if before is None else Before(**before)}
        made = a_write(self._edge.ids.next(receipt.ms), **says)
        partition = partition_of_metric(made.metric, SAMPLE_WRITES.partitions)
        self._writer.post(partition, self._encode(made, Kind.COUNTER, name))
        try:
            await self._writer.durable()
        except LogError as error:
            return JSONResponse({"detail": str(error)}, 503)
        return JSONResponse({"id": made.id, "received_at": receipt.ms})


def add(app: EdgeApp, parts: Parts) -> list[Tally]:
    """As a dialect's module has it."""
    router = APIRouter()
    router.add_api_route(PATH, Samples(parts).take, methods=["POST"])
    app.include_router(router)
    return []


def main() -> None:
    """Runs the command; what it starts is this one, too."""
    wiring.DIALECTS = (*wiring.DIALECTS, sys.modules[__name__])  # type: ignore[assignment]
    for module in (supervisor, up, replay):
        module.TILDE = TILDE  # type: ignore[attr-defined]
    run()


if __name__ == "__main__":
    main()
