"""Which of some stats are in sight, asked for at once: by their ids, or by what their names begin with."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.replies import RefusedError
from api.stats import Stats
from tilde.domain.catalog import Account
from tilde.domain.metrics import metric_of_short_id, short_id

FOUND_MAX = 10_000


class Wanted(BaseModel):
    """Stats to look for: those of some ids, or those whose names begin with `prefix`."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[str] | None, Field(max_length=FOUND_MAX)] = None
    prefix: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    after: Annotated[
        str, Field(description="With `prefix`: those behind this id; a list that is not full is the last.")
    ] = ""


async def find(stats: Stats, account: Account, wanted: Wanted) -> list[dict[str, Any]]:
    """Id, kind and name of those in sight, by id; 10,000 at most. Raises RefusedError."""
    if (wanted.ids is None) == (wanted.prefix is None):
        raise RefusedError(422, "say either which `ids`, or which `prefix`")
    if wanted.prefix is None:
        metrics = {metric for id_ in wanted.ids or () if (metric := metric_of_short_id(id_)) is not None}
        found = await stats.named_among(account.product, sorted(metrics))
    else:
        after = metric_of_short_id(wanted.after) if wanted.after else 0
        if after is None:
            raise RefusedError(400, "after must be the id of a stat, or empty")
        found = await stats.prefixed(account.product, wanted.prefix, after, FOUND_MAX)
    return [{"id": short_id(metric), "kind": named.kind.value, "name": named.name} for metric, named in found.items()]
