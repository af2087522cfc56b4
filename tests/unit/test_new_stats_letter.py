"""The letter about new stats: to whom it goes, what it says, and of what it is silent."""

import re
from html import unescape
from typing import Any

import pytest

from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.sealed import NOON_MS
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import AccountCreated
from tilde.domain.catalog.entries import Entry, Fact, fold
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Catalog, CommandId
from tilde.domain.catalog.stats import StatCreated, StatDeleted
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import Kind, metric_id
from tilde.keys.links import ADDRESS_BYTES, DAYS, DeleteLink, SilenceLink, read
from tilde.own_paths import LINKS_BELOW
from watchers.contract import RefusedForGoodError
from watchers.mail.accounts import Links
from watchers.mail.letter import Letter
from watchers.mail.new_stats_letter import NewStatsLetter

JO = "Jo@example.com"
HOME = "https://stats.example.com"
EVIL = "<img src=x onerror=alert(1)>\"'& {{ 7*7 }}"


class Copy:
    """A catalog of one account with product 1, and what has happened to it since."""

    def __init__(self, *facts: Fact, email: str | None = JO) -> None:
        self.catalog = Catalog()
        keys = () if email is None else (KEYRING.store(KeyKind.EMAIL, email),)
        for fact in (AccountCreated(1, "shop", keys, 1, "uuid", ""), *facts):
            sequence = self.catalog.sequence + 1
            fold(self.catalog, Entry(sequence, CommandId("e", 1, sequence, 0), 0, NOON_MS, (fact,), None, {}))
        self.has_read = False

    async def read_to_end(self) -> None:
        self.has_read = True


def a_stat(name: str, number: float = 3.0, kind: str = "counter") -> list[Any]:
    return [metric_id(1, kind, name), kind, name, number, NOON_MS]


async def written(copy: Copy, *stats: list[Any], more: int = 0) -> Letter | None:
    letters = NewStatsLetter(copy, Links(HOME, KEYRING), FixedClock(NOON_MS))
    return await letters.write({"product": 1, "stats": list(stats), "more": more})


async def test_it_has_name_first_number_and_a_link_that_deletes() -> None:
    copy = Copy()
    letter = await written(copy, a_stat("hits", 1234.5))
    assert letter is not None
    (link, _) = re.findall(f"{HOME}{LINKS_BELOW}(\\S+)", letter.text)

    assert copy.has_read, "a switch that was set a moment ago holds"
    assert (letter.to, letter.subject) == ("Jo@example.com", "New stat: hits")
    assert "hits\n  counter, first number 1,234.5, 2026-01-01 12:00 UTC" in letter.text
    assert read(link, KEYRING) == DeleteLink(1, metric_id(1, "counter", "hits"), NOON_MS // 1000 + DAYS * 86_400)
    assert f'href="{HOME}{LINKS_BELOW}{link}"' in letter.html


async def test_the_link_that_ends_mail_is_the_accounts() -> None:
    letter = await written(Copy(), a_stat("hits"))
    assert letter is not None
    link = read(letter.unsubscribe.removeprefix(f"{HOME}{LINKS_BELOW}"), KEYRING)

    assert link == SilenceLink(1, KEYRING.hash(KeyKind.EMAIL, JO)[:ADDRESS_BYTES])
    assert letter.unsubscribe in letter.text
    assert letter.unsubscribe in letter.html


async def test_many_are_one_letter() -> None:
    letter = await written(Copy(), a_stat("a"), a_stat("b"), more=1200)
    assert letter is not None

    assert letter.subject == "1,202 new stats"
    assert "And 1,200 more." in letter.text
    assert "And 1,200 more." in letter.html


async def test_text_that_somebody_typed_is_text() -> None:
    """Neither HTML nor a template, nor a line of its own in the plain part."""
    letter = await written(Copy(), a_stat(EVIL), a_stat("a\u2028b\u202ec"))
    assert letter is not None

    assert "<img" not in letter.html
    assert EVIL in unescape(letter.html)
    assert "a bc" in letter.text.replace("  ", " ").replace("a b c", "a bc")
    assert "\u202e" not in letter.text


@pytest.mark.parametrize(
    "copy",
    [
        Copy(email=None),
        Copy(AccountChanged.of(1, {Switch.MAIL})),
        Copy(StatCreated(1, metric_id(1, "counter", "hits"), Kind.COUNTER, "hits")),
        Copy(StatDeleted(1, metric_id(1, "counter", "hits"))),
    ],
    ids=["no address", "mail is off", "made by hand", "in the trash"],
)
async def test_there_is_none(copy: Copy) -> None:
    assert await written(copy, a_stat("hits")) is None


async def test_of_several_it_names_those_that_are_new() -> None:
    copy = Copy(StatDeleted(1, metric_id(1, "counter", "a")))
    letter = await written(copy, a_stat("a"), a_stat("b"))
    assert letter is not None

    assert letter.subject == "New stat: b"


async def test_a_product_that_there_is_not_gets_none() -> None:
    copy = Copy()
    letters = NewStatsLetter(copy, Links(HOME, KEYRING), FixedClock(NOON_MS))

    assert await letters.write({"product": 9, "stats": [a_stat("a")], "more": 0}) is None


async def test_an_address_that_is_none_is_told_without_it() -> None:
    """It was good enough for a key."""
    with pytest.raises(RefusedForGoodError, match="^the address of account 1: it is no address"):
        await written(Copy(email="jo@exa_mple"), a_stat("hits"))


async def test_a_renamed_stat_has_its_name() -> None:
    copy, metric = Copy(), metric_id(1, "counter", "hits")
    copy.catalog.change_stat(1, metric, name="hits", renamed="visits")
    letter = await written(copy, a_stat("hits"))
    assert letter is not None

    assert letter.subject == "New stat: visits"
