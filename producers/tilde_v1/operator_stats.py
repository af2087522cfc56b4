"""What the operator asks of an account's stats: `/tilde/v1/accounts/NAME/stats`, which `tilde stat` calls."""

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import HTTPException, Request
from pydantic import Field

from producers.admin.accounts import Accounts
from producers.admin.stats import StatChanges, StatCommands
from producers.tilde_v1.deletions import Deletions, unwanted
from producers.tilde_v1.request_bodies import Body
from producers.tilde_v1.stat_routes import From, Id, OfProduct, Prefix, To, Zone
from producers.web.questions import Questions
from tilde.domain.stats.metrics import Kind, metric_of_short_id
from tilde.own_paths import account_path


class NewStat(Body):
    """A stat to create before its first post."""

    name: str
    kind: Kind


class Sharing(StrEnum):
    """Who may see a stat beside its owner: who has its `public_id`, or nobody."""

    PUBLIC = "public"
    NONE = "none"


class StatChange(Body):
    """What is to become of a stat; what is not sent stays."""

    name: Annotated[str | None, Field(description="Posts to it go to this stat from now on.")] = None
    sharing: Sharing | None = None
    include_in_email: bool | None = None
    url: Annotated[str | None, Field(description="Where it is shown; empty: nowhere.")] = None


class StatCalls:
    """What the routes of an account's stats do."""

    def __init__(
        self,
        accounts: Accounts,
        stats: StatCommands,
        operator_token: str,
        questions: Questions,
        deletions: Deletions,
    ) -> None:
        self._accounts = accounts
        self._stats = stats
        self._operator_token = operator_token
        self._questions = questions
        self._deletions = deletions

    async def create_stat(self, name: str, body: NewStat, product: OfProduct = None) -> dict[str, Any]:
        """`key` in the answer is its own: clients name it by that where they post to one stat."""
        return await self._stats.create(self._accounts.product(name, product), body.kind, body.name, spreads=True)

    async def change_stat(self, name: str, stat: str, body: StatChange, product: OfProduct = None) -> dict[str, Any]:
        """It keeps its id and its points. Its old name is free again: a post to it makes another stat."""
        of_product, metric = self._accounts.product(name, product), _metric(stat)
        is_public = None if body.sharing is None else body.sharing is Sharing.PUBLIC
        changes = StatChanges(body.name, is_public, body.include_in_email, body.url)
        kind, now = await self._stats.change(of_product, metric, changes, spreads=True)
        settings, public_id = self._stats.settings(of_product, metric), self._stats.public_id(of_product, metric)
        return {
            "id": stat,
            "name": now,
            "kind": kind.value,
            "sharing": Sharing.NONE if public_id is None else Sharing.PUBLIC,
            "public_id": public_id,
            "include_in_email": settings.in_email,
            "url": settings.url or None,
        }

    async def delete_stat(self, name: str, stat: str, product: OfProduct = None) -> dict[str, Any]:
        of_product, metric = self._accounts.product(name, product), _metric(stat)
        if not await self._questions.has_stat(of_product, metric):
            raise _no_stat(stat)
        await self._stats.delete(of_product, metric)
        return {"id": stat, "deleted": True}

    async def delete_stats(
        self,
        request: Request,
        name: str,
        id: Id = None,  # noqa: A002
        prefix: Prefix = "",
        product: OfProduct = None,
    ) -> dict[str, Any]:
        """Those of some ids, or those whose names begin with `prefix`; in the query, or as JSON in the body."""
        of_product, wanted = self._accounts.product(name, product), await unwanted(request)
        return await self._deletions.stats(of_product, _stats_of(name), self._operator_token, wanted)

    async def delete_points(
        self, name: str, stat: str, from_: From = "", to: To = "", tz: Zone = "UTC", product: OfProduct = None
    ) -> dict[str, Any]:
        """Those whose time lies in a range, and that were acknowledged before; what is posted later stays."""
        of_product, range_ = self._accounts.product(name, product), {"from": from_, "to": to, "tz": tz}
        path = _stats_of(name)
        return await self._deletions.points(of_product, path, self._operator_token, quote(stat, safe=""), range_)

    async def restore_stat(self, name: str, stat: str, product: OfProduct = None) -> dict[str, Any]:
        await self._stats.restore(self._accounts.product(name, product), _metric(stat))
        return {"id": stat, "deleted": False}


def _stats_of(name: str) -> str:
    return account_path(name, "stats")


def _metric(stat: str) -> int:
    metric = metric_of_short_id(stat)
    if metric is None:
        raise _no_stat(stat)
    return metric


def _no_stat(stat: str) -> HTTPException:
    return HTTPException(404, f"no stat has the id {stat!r}")
