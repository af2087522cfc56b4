"""Finds which of some stats are in sight: by their ids, or by what their names begin with."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.reads.stats.stats import Stats
from api.web.refused import RefusedError
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import metric_of_short_id, short_id
from tilde.web.calls import ITEMS_MAX


class Wanted(BaseModel):
    """Stats to look for: those of some ids, or those whose names begin with `prefix`."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[str] | None, Field(max_length=ITEMS_MAX)] = None
    prefix: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    after: Annotated[
        str, Field(description="With `prefix`: those behind this id, the `after` of the answer before.")
    ] = ""


async def find(stats: Stats, account: Account, wanted: Wanted) -> dict[str, Any]:
    """Those in sight, by id, ITEMS_MAX at most, and behind which there may be more. Raises RefusedError."""
    if (wanted.ids is None) == (wanted.prefix is None):
        raise RefusedError(422, "say either which `ids`, or which `prefix`")
    more: int | None = None
    if wanted.prefix is None:
        metrics = {metric for id_ in wanted.ids or () if (metric := metric_of_short_id(id_)) is not None}
        found = await stats.named_among(account.product, sorted(metrics))
    else:
        after = metric_of_short_id(wanted.after) if wanted.after else 0
        if after is None:
            raise RefusedError(400, "after must be the id of a stat, or empty")
        found, more = await stats.prefixed(account.product, wanted.prefix, after, ITEMS_MAX)
    told = [{"id": short_id(metric), "kind": one.kind.value, "name": one.name} for metric, one in found.items()]
    return {"stats": told, "after": None if more is None else short_id(more)}
