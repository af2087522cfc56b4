"""A person of a product, from the request that tracked to the command line: shown, found by a query, and erased under
all of his identities.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from testkit.hits import every_byte
from testkit.running import RunningTilde
from testkit.waiting import PATIENCE_S, until
from tilde.data_folder import jobs_path
from tilde.settings import load_settings, open_keyring

pytestmark = pytest.mark.e2e

SECRETS = (b"visitor-1717", b"ann@people.example", b"deep blue shoes")


class Searched(NamedTuple):
    """A query for somebody, and how it stands in the file of jobs."""

    path: str
    text: str
    sealed: bytes

    def is_readable(self, tilde: RunningTilde) -> bool:
        """Whether who has all files of the folder, the master secret among them, reads whom was searched for."""
        keyring = open_keyring(load_settings(data=tilde.data))
        return self.sealed in every_byte(tilde.data) and self.text in keyring.open(self.sealed)


def search(tilde: RunningTilde, product: int, text: str) -> Searched:
    """Has people searched for a text; returns when they were."""
    condition = {"type": "property", "property": "mail", "comparison_mode": "contains", "comparison_string": text}
    asked = {"product_id": product, "query_type": "people_search", "query_params": {"filter": condition}}
    headers = {"authorization": f"Bearer {tilde.account['token']}"}
    put = tilde.client.post("/v3/queries", json=asked, headers=headers).json()["id"]
    path = f"/v3/queries/{put}"
    until(lambda: tilde.client.get(path, headers=headers).json()["completed"], PATIENCE_S, lambda: "it runs")
    with closing(sqlite3.connect(f"{jobs_path(tilde.data).as_uri()}?mode=ro", uri=True)) as db:
        ((sealed,),) = db.execute("SELECT asked FROM job WHERE id = ?", (put,)).fetchall()
    return Searched(path, text, sealed)


def test_a_person_is_shown_and_erased_under_all_identities(shared: RunningTilde, tmp_path: Path) -> None:
    """Somebody else stays as he was, and what was done stays counted. What was searched for goes, too."""
    product, key = shared.account["product"]["id"], shared.account["product"]["tracking_key"]
    for query in (
        "e?_p=visitor-1717&_n=Visited",
        "a?_p=visitor-1717&_n=ann@people.example",
        "e?_p=ann@people.example&_n=Bought&what=deep+blue+shoes&price=19.5",
        "e?_p=bob@people.example&_n=Bought&what=a+hat",
    ):
        assert shared.client.get(f"/{query}&_k={key}").status_code == 200

    def shown(identity: str) -> dict[str, Any]:
        return json.loads(shared.run("person", "show", identity, "--product", str(product), "--json"))

    ann = shown("visitor-1717")
    assert ann["who"] == "ann@people.example"
    assert [act["event"] for act in ann["acts"]] in (["bought", "visited"], ["visited", "bought"])
    assert ann["properties"]["what"]["value"] == "deep blue shoes"
    text = shared.run("person", "show", "ann@people.example", "--product", str(product))
    assert "deep blue shoes" in text
    assert "visitor-1717" in text

    searched = search(shared, product, "ann@people.example")
    of_bob = search(shared, product, "bob@people.example")
    question = tmp_path / "search.json"
    by_mail = {"property": "who", "comparison_string": " Ann@people.example"}
    question.write_text(json.dumps({"filter": by_mail}))
    with pytest.raises(AssertionError, match="the question cannot be asked: type is None"):
        shared.run("saved-report", "create", str(product), "By mail", "--question", str(question))
    question.write_text(json.dumps({"filter": {"type": "property", "comparison_mode": "equals", **by_mail}}))
    kept = shared.run("saved-report", "create", str(product), "By mail", "--question", str(question), "--json")
    assert searched.is_readable(shared)

    erased = json.loads(shared.run("person", "erase", "ann@people.example", "--product", str(product), "--json"))
    assert erased == {
        "product": product,
        "identities": 2,
        "erased": 2,
        "known": True,
        "named_by": [{"kind": "report", "id": json.loads(kept)["id"], "name": "By mail"}],
    }
    everything = every_byte(shared.data)
    assert [secret for secret in SECRETS if secret in everything] == []
    until(lambda: not searched.is_readable(shared), PATIENCE_S, lambda: "what was searched for is in the file of jobs")
    assert of_bob.is_readable(shared)

    for identity in ("visitor-1717", "ann@people.example"):
        path = f"/tilde/v1/products/{product}/person?identity={identity}"
        assert shared.client.get(path, headers=shared.operator()).status_code == 404
    assert shown("bob@people.example")["who"] == "bob@people.example"
