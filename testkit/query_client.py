"""The Query APIs of a running Tilde, asked by the holder of an account's token, for tests that compare two Tildes.

    asked = QueryClient(tilde.client, account, operator)
    asked.rows(asked.put("funnel", {"steps": [..]}))

Persons have other numbers in every Tilde, since each hashes with a secret of its own. Once it knows who is who, an
answer has names in the place of numbers, also of those who were erased since.
"""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

import httpx

from testkit.waiting import PATIENCE_S, until

EVERYBODY: dict[str, Any] = {"type": "and", "operands": []}
ROWS_MAX = 1_000
Answers = dict[str, list[Any]]
"""Rows, by the name of what was asked."""


class QueryClient:
    """Asks for one product."""

    def __init__(self, client: httpx.Client, account: Mapping[str, Any], operator: Mapping[str, str]) -> None:
        """`operator` are an operator's headers, who keeps metrics and reports."""
        self._client = client
        self._token = {"authorization": f"Bearer {account['token']}"}
        self._operator = dict(operator)
        self.product, self.uuid = account["product"]["id"], account["product"]["uuid"]
        self.key = account["product"]["tracking_key"]
        self._names: dict[str, str] = {}
        self.texts: list[str] = []
        """All that was ever answered, as it was sent; a test may empty it."""

    def get(self, path: str) -> httpx.Response:
        """An answer, whatever its status."""
        answer = self._client.get(path, headers=self._token)
        self.texts.append(answer.text)
        return answer

    def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """One that has to be a success."""
        answer = self._client.post(path, json=body, headers=self._token)
        assert answer.is_success, answer.text
        return answer

    def keep(self, noun: str, body: Mapping[str, Any]) -> str:
        """A kept metric or a saved report from now on; returns its id."""
        path = f"/tilde/v1/products/{self.product}/{noun}"
        answer = self._client.post(path, json=body, headers=self._operator)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def put(self, kind: str, params: Mapping[str, Any]) -> str:
        """Begins a query of the third API; returns its path."""
        body = {"product_id": self.product, "query_type": kind, "query_params": params}
        return f"/v3/queries/{self.post('/v3/queries', body).json()['id']}?limit={ROWS_MAX}"

    def ended(self, path: str) -> httpx.Response:
        """What is told of a query of the third API once it runs no more, or that it cannot be told."""
        answer = self.get(path)

        def is_over() -> bool:
            nonlocal answer
            answer = self.get(path)
            return not answer.is_success or answer.json()["completed"]

        until(is_over, PATIENCE_S, lambda: answer.text)
        return answer

    def rows(self, path: str) -> list[Any]:
        """What a query of the third API found."""
        said = self.ended(path).json()
        assert "data" in said, said
        data = said["data"] if isinstance(said["data"], list) else [said["data"]]
        return self.named(data)

    def results(self, path: str, body: Mapping[str, Any]) -> list[Any]:
        """The rows of a query of the first or second API, from its run over its status to its results."""
        status = self.post(path, body).headers["location"]
        until(lambda: self.get(status).status_code == httpx.codes.CREATED, PATIENCE_S, lambda: self.get(status).text)
        said = self.get(self.get(status).headers["location"]).json()
        return self.named(said.get("rows", said.get("data")))

    def export(self, query: str) -> str:
        """Begins an export of a query of the third API that is done; returns the path of its file."""
        id_ = query.rpartition("/")[2].partition("?")[0]
        path = f"/v3/exports/{self.post('/v3/exports', {'export_type': 'csv', 'query_id': id_}).json()['id']}"
        until(lambda: self.get(path).json()["status"] == "completed", PATIENCE_S, lambda: self.get(path).text)
        return f"{path}/file"

    def file(self, path: str) -> list[Any]:
        """The lines of an export."""
        answer = self.get(path)
        assert answer.is_success, answer.text
        return self.named(csv.reader(StringIO(answer.text)))

    def person(self, identity: str) -> dict[str, Any]:
        """What is known of a person."""
        said = self.get(f"/tilde/v1/products/{self.product}/person?identity={identity}").json()
        identities = sorted(str(one["identity"]) for one in said["identities"])
        return {"who": said["who"], "identities": identities, "acts": said["acts"]}

    def everybody(self) -> dict[str, str | None]:
        """Who is who, by numbers; None where somebody was erased."""
        people = self.ended(self.put("people_search", {"filter": EVERYBODY})).json()["data"]
        return {str(row["person_id"]): row["identity"] for row in people}

    def know(self) -> None:
        """Learns who is who."""
        self._names = {number: f"number of {who}" for number, who in self.everybody().items()}

    def named(self, rows: Iterable[Any]) -> list[Any]:
        """With names in the place of persons' numbers, in an order that does not come of these."""
        return sorted(map(self._named, rows), key=str)

    def _named(self, said: Any) -> Any:
        match said:
            case dict():
                return {name: self._named(each) for name, each in said.items()}
            case list():
                return list(map(self._named, said))
            case int() | str():
                return self._names.get(str(said), said)
        return said
