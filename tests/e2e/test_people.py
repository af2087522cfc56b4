"""A person of a product, from the request that tracked to the command line: shown, found by a query, and erased under
all of his identities.
"""

import json
from typing import Any

import pytest

from testkit.hits import every_byte
from testkit.running import RunningTilde

pytestmark = pytest.mark.e2e

SECRETS = (b"visitor-1717", b"ann@people.example", b"deep blue shoes")


def test_a_person_is_shown_and_erased_under_all_identities(shared: RunningTilde) -> None:
    """Somebody else stays as he was, and what was done stays counted."""
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

    erased = json.loads(shared.run("person", "erase", "ann@people.example", "--product", str(product), "--json"))
    assert erased == {"product": product, "identities": 2, "erased": 2}
    everything = every_byte(shared.data)
    assert [secret for secret in SECRETS if secret in everything] == []

    ann = shown("visitor-1717")
    assert (ann["who"], {one["identity"] for one in ann["identities"]}) == (None, {None})
    assert ann["properties"] == {**ann["properties"], "what": {**ann["properties"]["what"], "value": None}}
    assert ann["properties"]["price"]["value"] == 19.5
    assert len(ann["acts"]) == 2
    assert shown("bob@people.example")["who"] == "bob@people.example"
