"""A product is said by its name or its number, wherever a command is about one; and what nobody can mean is refused."""

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from run.cli import operated
from run.cli.main import app
from testkit.operators import AnsweringOperator, Asked

PRODUCTS = [{"id": 2, "account": "shop", "name": "shop"}, {"id": 3, "account": "shop", "name": "outlet"}]


def asked_by(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], *command: str) -> tuple[list[Asked], str, int]:
    def answered(asked: Asked) -> list[bytes]:
        return [orjson.dumps(PRODUCTS if asked.path.partition("?")[0] == "/tilde/v1/products" else answer)]

    operator = AnsweringOperator(answered)
    monkeypatch.setattr(operated, "operator", operator.as_operator)
    done = CliRunner().invoke(app, list(command))
    return operator.asked, done.output + str(done.exception or ""), done.exit_code


@pytest.mark.parametrize("product", ["outlet", "3"])
def test_an_accounts_key_is_that_of_the_product_that_is_named(monkeypatch: pytest.MonkeyPatch, product: str) -> None:
    """A name is looked for among those of the account alone."""
    asked, _, code = asked_by(monkeypatch, {}, "account", "rotate", "shop", "tracking_key", "--product", product)
    assert code == 0
    assert asked[-1].body == {"kind": "tracking_key", "key": None, "product": 3}
    assert [each.path for each in asked[:-1]] == ["/tilde/v1/products?account=shop"] * (product == "outlet")


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("person", "erase", "ann"), "/tilde/v1/products/3/person?identity=ann"),
        (("account", "revoke", "shop", "tracking_key"), "/tilde/v1/accounts/shop/keys/tracking_key?product=3"),
        (("stat", "trash", "--account", "shop"), "/tilde/v1/accounts/shop/trash?product=3"),
    ],
)
def test_so_is_whatever_else_is_asked(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], path: str) -> None:
    answer = {"known": True, "erased": 1, "named_by": []}
    asked, _, _ = asked_by(monkeypatch, answer, *command, "--product", "outlet")
    assert asked[-1].path == path


def test_who_erases_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"identities": 1, "erased": 0, "known": False, "named_by": []}
    _, told, code = asked_by(monkeypatch, answer, "person", "erase", "nobody", "--product", "2")
    assert (code, "nobody has this identity" in told) == (1, True)


@pytest.mark.parametrize("said", [(), ("--is", "equals"), ("--value", "Gold")])
def test_a_metrics_filter_is_said_whole(monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...]) -> None:
    command = ("metric", "create", "shop", "Gold", "--kind", "people", "--event", "a", "--where", "plan", *said)
    asked, told, code = asked_by(monkeypatch, {}, *command)
    assert (asked, code != 0, "--where wants --is and --value" in told) == ([], True, True)
