"""Reads the tables through the query API: in a data folder only the pipeline's process may open the store."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson

from tilde.own_paths import DAYS, SQL
from tilde.store import QueryRefusedError, StoreError
from tilde.web.http_clients import NO_ANSWER

ANSWER_S_MAX = 90.0  # a statement may take 60 s in the store


class QueriedTables:
    """A TableReader over a client of the query API."""

    def __init__(self, client: httpx.AsyncClient, operator_token: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {operator_token}"}

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of one SELECT by column, with rows of what was deleted."""
        return await self._post(SQL, {"query": query, "format": "json"})

    async def days(self, product: int, metrics: Sequence[int], begins: Sequence[int]) -> list[dict[str, Any]]:
        """Sum and count of each day, of those of some metrics that are in sight."""
        return await self._post(DAYS, {"product": product, "metrics": list(metrics), "begins": list(begins)})

    async def _post(self, path: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            answer = await self._client.post(path, json=body, headers=self._headers, timeout=ANSWER_S_MAX)
        except NO_ANSWER as cause:
            raise StoreError(f"the query API: {str(cause) or type(cause).__name__}") from cause
        if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY):
            raise QueryRefusedError(answer.text)
        if not answer.is_success:
            raise StoreError(f"the query API: {answer.status_code} {answer.text}")
        rows: list[dict[str, Any]] = orjson.loads(answer.content)
        return rows
