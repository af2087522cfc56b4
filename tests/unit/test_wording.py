"""What pydantic found wrong is told in words of ours: never in its own, and never with what was sent."""

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.tilde_v1.found import Wanted
from api.tilde_v1.operations import Statement
from api.tilde_v1.stat_routes import After, Bucket, Compare, Limit, Offset
from producers.tilde_v1.deletions import Unwanted
from producers.tilde_v1.operator_routes import AccountChanges, NewAccount, NewKey
from producers.tilde_v1.operator_stats import NewStat, StatChange
from producers.tilde_v1.product_routes import NewProduct, ProductChange
from tilde.runtime.wording import complaint

BODIES: list[type[BaseModel]] = [
    NewAccount,
    NewKey,
    AccountChanges,
    NewStat,
    StatChange,
    NewProduct,
    ProductChange,
    Statement,
    Unwanted,
    Wanted,
]
HOSTILE = [
    None,
    True,
    7,
    -1,
    1.5,
    1e999,
    10**30,
    "",
    "x",
    "\ud800",
    "s" * 1000,
    b"\xff",
    [],
    [7],
    {},
    {"x": {}},
    object(),
]
HOSTILE += [["s"] * 20_000, {"ezkey": ""}, {"ezkey": 7}]
OF_THE_LIBRARY = ["Input", "should", "valid", "error,", "Assertion", "[key]", "pydantic", "secret", "1 characters"]


def told(validate: Any, value: Any) -> str | None:
    """The complaint about a value; None where it is taken."""
    try:
        validate(value)
    except ValidationError as error:
        return complaint(error.errors())
    return None


@pytest.mark.parametrize("body", BODIES)
def test_whatever_a_body_is_it_is_told_in_words_of_ours(body: type[BaseModel]) -> None:
    """Each of its fields with each hostile value; and something else than a body."""
    complaints = [told(body.model_validate, value) for value in HOSTILE]
    complaints += [told(body.model_validate, {name: value}) for name in [*body.model_fields, "y"] for value in HOSTILE]
    complaints += [
        told(body.model_validate_json, text) for text in (b"{", b"", b"\xff", b'"\\ud800"', b"[" * 5_000, b"NaN")
    ]

    found = [complaint for complaint in complaints if complaint is not None]
    assert len(found) > len(HOSTILE)
    assert [each for each in found if any(word in each for word in OF_THE_LIBRARY)] == []


@pytest.mark.parametrize("parameter", [After, Bucket, Compare, Limit, Offset])
def test_whatever_a_parameter_is_it_is_told_in_words_of_ours(parameter: Any) -> None:
    """A query has texts alone."""
    adapter = TypeAdapter(parameter)
    texts = [value for value in HOSTILE if isinstance(value, str)] + ["-1", "1e3", "9" * 30, "٣", "nan", " "]

    found = [each for text in texts if (each := told(adapter.validate_python, text)) is not None]
    assert [each for each in found if any(word in each for word in OF_THE_LIBRARY)] == []


@pytest.mark.parametrize(
    ("body", "value", "words"),
    [
        (NewAccount, {"name": "a\ud800"}, "the body has half a surrogate pair, which is no text"),
        (NewAccount, {"name": "a", "keys": {"none": "x"}}, "keys.none must be 'ezkey', 'email', 'ukey', 'token',"),
        (NewAccount, {"name": "a", "keys": {"ezkey": ""}}, "keys.ezkey must be some text: it is empty"),
        (Unwanted, {"ids": [7]}, "ids.0 must be a text"),
        (Statement, {"query": "q" * 100_001}, "query must be at most 100000 characters long"),
    ],
)
def test_what_is_wrong_is_one_sentence(body: type[BaseModel], value: Any, words: str) -> None:
    """A validator's own sentence stands as it is."""
    complaint = told(body.model_validate, value)

    assert complaint is not None
    assert complaint.startswith(words)
