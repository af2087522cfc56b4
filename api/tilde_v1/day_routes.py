"""Stats day by day, as those ask who write reports: `/tilde/v1/days`."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.reads.local_buckets import T_MAX
from api.reads.stats.days import days_of
from api.reads.stats.stats import METRIC_MAX, Stats
from api.web.callers import Callers, operator_scheme
from api.web.replies import reply
from tilde.own_paths import DAYS, DAYS_ASKED_MAX
from tilde.web.bodies import guarded

BEGINS_MAX = 64
BODY_BYTES_MAX = 64 << 10


class AskedDays(BaseModel):
    """Which stats, and the unix seconds at which each day begins; the last one is the end."""

    model_config = ConfigDict(extra="forbid")

    product: Annotated[int, Field(ge=0, lt=1 << 32)]
    metrics: Annotated[list[Annotated[int, Field(ge=0, le=METRIC_MAX)]], Field(max_length=DAYS_ASKED_MAX)]
    begins: Annotated[list[Annotated[int, Field(ge=0, le=T_MAX)]], Field(min_length=2, max_length=BEGINS_MAX)]


def router(callers: Callers, stats: Stats) -> APIRouter:
    """The route."""
    routes = APIRouter(dependencies=[Depends(operator_scheme)], route_class=guarded(callers.operator, BODY_BYTES_MAX))
    routes.add_api_route(DAYS, _DayCalls(stats).days, methods=["POST"], include_in_schema=False)
    return routes


class _DayCalls:
    """What it does."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    async def days(self, asked: AskedDays) -> Response:
        """Of each stat in sight its metric, kind and name, and of each day its number and how many it is of: a
        counter's sum, null where it is beyond all floats, or a value's mean, null where it has none.
        """
        found = await days_of(self._stats, asked.product, asked.metrics, asked.begins)
        return reply(
            [
                {
                    "metric": one.metric,
                    "kind": one.named.kind,
                    "name": one.named.name,
                    "days": [[cell.value(one.named.kind), cell.points] for cell in one.days],
                }
                for one in found
            ]
        )
