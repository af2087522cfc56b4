"""Many stats, or single points of one, deleted in one call: the query API says what is there, commands take it away."""

from typing import Annotated, Any

from fastapi import HTTPException, Request
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from producers.admin.stats import StatCommands
from producers.web.query_api import QueryApi
from tilde.domain.catalog.stats import PostedPoint
from tilde.domain.stats.metrics import metric_of_short_id
from tilde.runtime.wording import complaint
from tilde.web.bodies import body_of, require_json_text
from tilde.web.calls import IDS_BYTES_MAX, ITEMS_MAX

SAY_WHICH = 'say either which `ids`, as id=ID&id=ID or {"ids": [ID, ..]}, or which `prefix` of names'
POINTS_MAX = 100_000  # in one call: each stands in the catalog for ever


def _listed(ids: Any) -> Any:
    return [ids] if isinstance(ids, str) else ids


class Unwanted(BaseModel):
    """Stats to delete: those of some ids (`id` or `ids`, one or a list), or those whose names begin with `prefix`."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[
        Annotated[list[str], Field(max_length=ITEMS_MAX)] | None,
        BeforeValidator(_listed),
        Field(validation_alias=AliasChoices("ids", "id")),
    ] = None
    prefix: Annotated[str | None, Field(min_length=1, max_length=255)] = None


async def unwanted(request: Request) -> Unwanted:
    """What a request names: as JSON in its body, or in its query, as `id=..&id=..` (`ids` is the same) or `prefix=..`.
    Raises HTTPException.
    """
    query = request.query_params
    ids = query.getlist("id") + query.getlist("ids")
    named: dict[str, Any] = {"ids": ids or None, "prefix": query.get("prefix")}
    body = await body_of(request, IDS_BYTES_MAX)
    require_json_text(body)
    try:
        wanted = Unwanted.model_validate_json(body) if body.strip() else Unwanted.model_validate(named)
    except ValidationError as error:
        raise HTTPException(422, complaint(error.errors())) from None
    if (wanted.ids is None) == (wanted.prefix is None):
        raise HTTPException(422, SAY_WHICH)
    return wanted


class Deletions:
    """Deletes for one caller at a time: `stats` is the path below which the query API has his stats, `bearer` what it
    knows him by. Raises HTTPException with what the API says, QueryApiAwayError, and what StatCommands raises.
    """

    def __init__(self, commands: StatCommands, api: QueryApi) -> None:
        self._commands = commands
        self._api = api

    async def stats(self, product: int, stats: str, bearer: str, wanted: Unwanted) -> dict[str, Any]:
        """Puts stats in the trash; says which, and of which ids no stat is in sight."""
        deleted: list[str] = []
        if wanted.ids is not None:
            deleted, _ = await self._delete(product, stats, bearer, {"ids": wanted.ids})
        else:
            after: str | None = ""
            while after is not None:
                page = {"prefix": wanted.prefix, "after": after}
                gone, after = await self._delete(product, stats, bearer, page)
                deleted += gone
        there = set(deleted)
        return {"deleted": deleted, "not_found": [id_ for id_ in dict.fromkeys(wanted.ids or ()) if id_ not in there]}

    async def _delete(
        self, product: int, stats: str, bearer: str, page: dict[str, Any]
    ) -> tuple[list[str], str | None]:
        """Those of a page that are gone now, and behind which there may be more."""
        query = {"product": str(product)}
        found = await self._api.answer_json("POST", f"{stats}/find", bearer, json=page, params=query)
        metrics = {one["id"]: metric_of_short_id(one["id"]) for one in found["stats"]}
        await self._commands.delete_many(product, [metric for metric in metrics.values() if metric is not None])
        return list(metrics), found["after"]

    async def points(self, product: int, stats: str, bearer: str, stat: str, range_: dict[str, str]) -> dict[str, Any]:
        """Takes the points of a range back; says how many. What is acknowledged before the call is among them, what is
        later is not.
        """
        if not (range_.get("from") and range_.get("to")):
            raise HTTPException(400, "say `from` and `to`")
        metric, path = metric_of_short_id(stat), f"{stats}/{stat}/points"
        if metric is None:
            raise HTTPException(404, "stat not found")
        points: list[PostedPoint] = []
        range_ = {**range_, "product": str(product)}
        page: dict[str, Any] = {**range_, "limit": ITEMS_MAX}
        found = await self._api.answer_json("GET", path, bearer, params={**page, "settled": "true"})
        while True:
            points += map(_posted, found)
            if len(points) > POINTS_MAX:
                raise HTTPException(409, f"more than {POINTS_MAX:,} points: narrow the range, or delete the stat")
            if len(found) < ITEMS_MAX:
                break
            found = await self._api.answer_json("GET", path, bearer, params={**page, "after": found[-1]["id"]})
        await self._commands.delete_points(product, metric, points)
        if points:
            await self._seen(path, bearer, range_)
        del range_["product"]
        return {"id": stat, **range_, "deleted": len(points)}

    async def _seen(self, path: str, bearer: str, range_: dict[str, str]) -> None:
        """Waits until the tables say so: who reads next sees it. They may be behind; decided it is all the same."""
        await self._api.answer("GET", path, bearer, params={**range_, "limit": "1", "settled": "true"})


def _posted(point: dict[str, Any]) -> PostedPoint:
    event_id, _, nth = point["id"].partition("-")
    return PostedPoint(int(event_id), int(nth), point["time_ms"], point["received_ms"])
