"""`tilde product`, `tilde account set` and `tilde stat create --product` on a folder that no Tilde runs on: the same
routes, the same decider, no port.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from run.cli.main import run

Tilde = Callable[..., str]


@pytest.fixture
def tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tilde:
    """What a command prints; with `fails`, what it says then."""
    for name in ("HOST", "PORT", "LOG", "STORE", "KEY", "OPERATOR_TOKEN"):
        monkeypatch.delenv(f"TILDE_{name}", raising=False)
    monkeypatch.setenv("TILDE_DATA", str(tmp_path / "data"))

    def call(*arguments: str, fails: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["tilde", *arguments])
        with pytest.raises(SystemExit) as ended:
            run()
        told = capsys.readouterr()
        assert bool(ended.value.code) == fails, told.err
        return told.err if fails else told.out

    call("account", "create", "shop", "--api-key", "80d36d6e4a82a5b71c1f")
    return call


def read(text: str) -> Any:
    return json.loads(text)


def test_a_product_is_made_listed_shown_and_changed(tilde: Tilde) -> None:
    """In lines for eyes, and in JSON for programs."""
    made = read(tilde("product", "create", "outlet", "-a", "shop", "--timezone", "Europe/Lisbon", "--json"))
    assert (made["id"], made["name"], made["account"], made["timezone"]) == (2, "outlet", "shop", "Europe/Lisbon")

    listed = read(tilde("product", "list", "-a", "shop", "--json"))
    assert [(product["name"], product["is_first"]) for product in listed] == [("shop", True), ("outlet", False)]
    table = tilde("product", "list").splitlines()
    assert table[0].split() == ["id", "account", "name", "first", "domain", "time", "zone"]
    assert [line.split()[0] for line in table if line.strip()[:1].isdigit()] == ["1", "2"]
    assert read(tilde("product", "show", "2", "--json")) == made
    lines = [line.split() for line in tilde("product", "show", "2").splitlines()]
    assert ["name", "outlet"] in lines
    assert ["sitekey", made["sitekey"]] in lines
    changed = read(tilde("product", "set", "2", "--name", "sale", "--timezone=", "--json"))
    assert changed == {**made, "name": "sale", "timezone": None}
    staging = read(tilde("product", "set", "2", "--environment", "staging", "--json"))
    assert staging == {**changed, "environment": "staging"}
    account = read(tilde("account", "set", "shop", "--contact-name", "Ann", "--contact-country", "DE", "--json"))
    assert account["contact"] == {"name": "Ann", "phone": None, "country": "DE"}


def test_what_cannot_be_of_a_product_is_told_in_a_line(tilde: Tilde) -> None:
    """And nothing is made."""
    assert "the account has a product of that name" in tilde("product", "create", "shop", "-a", "shop", fails=True)
    assert "no account is named 'nobody'" in tilde("product", "create", "a", "-a", "nobody", fails=True)
    assert "no time zone is named 'Mars'" in tilde(
        "product", "create", "a", "-a", "shop", "--timezone", "Mars", fails=True
    )
    assert "no product has the id 7" in tilde("product", "show", "7", fails=True)
    assert len(read(tilde("product", "list", "--json"))) == 1


def test_an_account_says_what_it_takes_and_when_its_reports_come(tilde: Tilde) -> None:
    """What is not said stays."""
    before = read(tilde("account", "show", "shop", "--json"))
    assert before["api_key"] == "80d36d6e4a82a5b71c1f"
    after = read(tilde("account", "set", "shop", "--no-mail", "--no-pixel", "--report-hour", "7", "--json"))
    assert after == {**before, "mail": False, "pixel": False, "report_hour": 7}
    assert read(tilde("account", "set", "shop", "--mail", "--timezone", "Asia/Tokyo", "--json")) == {
        **after,
        "mail": True,
        "timezone": "Asia/Tokyo",
    }
    assert "'--report-hour': must be at most 23" in tilde("account", "set", "shop", "--report-hour", "24", fails=True)


def test_a_key_is_rotated_as_all_others_and_a_products_by_its_id(tilde: Tilde) -> None:
    """One that is made has the shape that its users know."""
    rotated = read(tilde("account", "rotate", "shop", "api_key", "--json"))["api_key"]
    assert len(rotated) == 20
    assert read(tilde("account", "show", "shop", "--json"))["api_key"] == rotated
    outlet = read(tilde("product", "create", "outlet", "-a", "shop", "--json"))
    key = read(tilde("account", "rotate", "shop", "tracking_key", "--product", "2", "--json"))["tracking_key"]
    assert read(tilde("product", "show", "2", "--json")) == {**outlet, "tracking_key": key}
    tilde("account", "revoke", "shop", "tracking_key", "--product", "2")
    assert read(tilde("product", "show", "2", "--json"))["tracking_key"] is None


def test_a_stat_of_another_product_is_another_stat(tilde: Tilde) -> None:
    """Of one name, and each with a key of its own."""
    tilde("product", "create", "outlet", "-a", "shop")
    one = read(tilde("stat", "create", "hits", "-a", "shop", "--counter", "--json"))
    other = read(tilde("stat", "create", "hits", "-a", "shop", "--counter", "--product", "2", "--json"))
    assert one["id"] != other["id"]
    assert one["key"] != other["key"]
    told = tilde("stat", "create", "hits", "-a", "shop", "--counter", "--product", "9", fails=True)
    assert "no product has the id 9" in told
