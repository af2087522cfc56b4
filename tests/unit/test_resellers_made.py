"""Users and sites made from plain words, over a real edge and a real decider: found again, and readable to nobody else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from producers.admin.admin import Admin
from producers.admin.errors import UnfitEmailError, UnfitError, UnfitNameError
from producers.admin.resellers import SaidOfReseller
from producers.admin.sites import SaidOfSite
from producers.admin.users import SaidOfUser
from producers.edge.command_desk import CommandRefusedError
from producers.edge.edge import Edge
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from producers.wiring import open_embedded_edge
from testkit.asking import JSON, ask
from testkit.builders import UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.passwords import is_password
from testkit.whole_edge import AWAY, OPERATOR_TOKEN, the_whole_edge
from tilde.catalog.sites import KnownSites
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.sites.clock_setting import ClockSetting
from tilde.eventlog.bell import Bell
from tilde.keys.passwords import stretched
from tilde.runtime.clock import SystemClock

SECRETS = ("Billy-Größe", "billy@private.example", "William Doe", "hunter2-hunter2")
NAME, EMAIL, REAL_NAME, PASSWORD = SECRETS


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """With two white labels, 1 and 2."""
    bell, clock = Bell(tmp_path / "bell.sock", serves=False), SystemClock()
    async with deciding(tmp_path, bell, clock), AsyncExitStack() as stack:
        opened = await open_embedded_edge(tmp_path, KEYRING, clock, bell, stack)
        for name in ("hotstatz", "other"):
            await opened.desk.ask(CreateAccount(name, (), UUID, ""))
        yield opened


def admin_of(edge: Edge) -> Admin:
    catalog = edge.follower.catalog
    return Admin.over(edge.desk, catalog, KEYRING, Questions(QueryApi(AWAY), catalog, "token"))


async def test_a_user_is_found_by_name_and_address_and_nobody_reads_them_in_the_log(edge: Edge, tmp_path: Path) -> None:
    """By his name whichever its case, by his address in his white label alone."""
    users, catalog = admin_of(edge).users, edge.follower.catalog
    user = await users.create(1, SaidOfUser(NAME, PASSWORD, EMAIL, REAL_NAME, "http://a/l.gif"))
    known = catalog.users[user]

    assert (
        users.known.named(NAME.upper()) == users.known.of(1, NAME.lower()) == users.known.of(1, EMAIL.title()) == known
    )
    assert users.known.of(2, NAME) is users.known.of(2, EMAIL) is users.known.named(EMAIL) is None
    assert users.known.name_of(known) == NAME
    assert known.details.password is not None
    assert is_password(PASSWORD, KEYRING.open(known.details.password))
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"http://a/l.gif" in content, "the log is read"
    assert not [secret for secret in (*SECRETS, NAME.casefold()) if secret.encode() in content]
    assert b"argon2" not in content


async def test_what_is_not_said_of_a_user_stays(edge: Edge) -> None:
    """A password goes by a word of its own."""
    users, catalog = admin_of(edge).users, edge.follower.catalog
    user = await users.create(1, SaidOfUser(NAME, PASSWORD, EMAIL))
    before = catalog.users[user]
    await users.change(1, user, SaidOfUser(css="c"))
    after = catalog.users[user]
    await users.change(1, user, SaidOfUser(password="another"), removes_password=True)

    assert after == replace(before, details=replace(before.details, css="c"))
    assert catalog.users[user] == replace(after, details=replace(after.details, password=None))


async def test_what_can_be_no_name_and_no_address_is_refused_before_anything_is_asked(edge: Edge) -> None:
    """The decider could not see it: both come sealed."""
    users, sequence = admin_of(edge).users, edge.follower.catalog.sequence

    for name in ("", "a b", "x" * 65):
        with pytest.raises(UnfitNameError):
            await users.create(1, SaidOfUser(name))
    for email in ("a", "@b", "a@", "a b@c.de", "a@b\x01", "a@" + "b" * 253, "jo@example..com", "a,b@c.de"):
        with pytest.raises(UnfitEmailError):
            await users.create(1, SaidOfUser("billy", email=email))
        with pytest.raises(UnfitEmailError):
            await users.change(1, 1, SaidOfUser(email=email))
    assert edge.follower.catalog.sequence == sequence


async def test_a_name_is_taken_whoever_has_it_in_whichever_case(edge: Edge) -> None:
    """Over all white labels; and its owner may write it another way."""
    users = admin_of(edge).users
    user = await users.create(1, SaidOfUser("billy"))
    await users.change(1, user, SaidOfUser("BILLY"))

    with pytest.raises(CommandRefusedError) as refused:
        await users.create(2, SaidOfUser("Billy"))
    assert refused.value.refusal is Refusal.USER_EXISTS
    assert users.known.name_of(edge.follower.catalog.users[user]) == "BILLY"


async def test_a_site_is_found_by_its_id_with_all_that_a_hit_needs(edge: Edge) -> None:
    """Its hosts, its clock, its keys, and the name of its tracker's variable; none that is closed, and no product."""
    admin, known = admin_of(edge), KnownSites(edge.follower, KEYRING)
    user = await admin.users.create(1, SaidOfUser("billy"))
    made = await admin.sites.create(1, user, SaidOfSite("awesome.com", ("b.com",), "A", 20_700, "eu"))
    await admin.resellers.configure(1, SaidOfReseller(domain="hotstatz.com", js_name="hotstatz"))
    site = await known.find(made.id)

    assert site is not None
    assert (site.domain, site.mirrors, site.clock) == ("awesome.com", ("b.com",), ClockSetting(20_700, "eu"))
    for kind, length in ((KeyKind.SITEKEY, 13), (KeyKind.SITEKEY_ADMIN, 39)):
        assert len(made.keys[kind]) == length
        assert known.key(site, kind) == made.keys[kind]
        assert known.has_key(site, kind, made.keys[kind])
        assert not known.has_key(site, kind, made.keys[kind][1:] + "x")
    assert edge.follower.catalog.reseller(site.account).js_name == "hotstatz"
    assert await known.find(1) is None, "the account's first product"
    assert await known.find(-1) is await known.find(99) is None


async def test_what_a_white_label_has_is_set_by_the_operator(tmp_path: Path) -> None:
    """What is not sent stays; -1 and an empty text are none of its own; an IANA zone is its first product's still."""
    headers = [(b"authorization", f"Bearer {OPERATOR_TOKEN}".encode()), *JSON]
    async with the_whole_edge(tmp_path) as app:

        async def patched(**changes: object) -> tuple[int, dict[str, Any]]:
            reply = await ask(app, "PATCH", "/tilde/v1/accounts/main", orjson.dumps(changes), headers)
            return reply.status, orjson.loads(reply.body)

        limits = {"max_users": 5, "max_sites": 6, "max_goals": 7, "max_traffic": 8}
        await patched(domain="hotstatz.com", js_name="hotstatz", timezone="5.75", dst="eu", **limits)
        _, account = await patched(max_users=-1, js_name="", timezone="Europe/Lisbon")
        refused = [
            await patched(**change)
            for change in ({"dst": "mars"}, {"js_name": "window"}, {"timezone": "-13"}, {"max_users": -2})
        ]

    assert account["timezone"] == "Europe/Lisbon"
    assert account["reseller"] == {
        "domain": "hotstatz.com",
        "js_name": "",
        "offset_s": 20_700,
        "clock_rule": "eu",
        **(limits | {"max_users": None}),
        "users": 0,
        "sites": 0,
    }
    assert [status for status, _ in refused] == [409, 409, 422, 422]


async def test_a_zone_is_no_sites_clock_and_the_operator_is_told(tmp_path: Path) -> None:
    """A rule for summer time beside it is refused, since nothing would have it; without a white label there is nothing
    to tell.
    """
    headers = [(b"authorization", f"Bearer {OPERATOR_TOKEN}".encode()), *JSON]
    async with the_whole_edge(tmp_path) as app:

        async def patched(**changes: object) -> tuple[int, dict[str, Any]]:
            reply = await ask(app, "PATCH", "/tilde/v1/accounts/main", orjson.dumps(changes), headers)
            return reply.status, orjson.loads(reply.body)

        refused = await patched(timezone="America/New_York", dst="usa")
        _, before = await patched(timezone="America/New_York")
        await patched(timezone="5.75", dst="eu")
        _, after = await patched(timezone="Europe/Lisbon")

    assert refused == (
        422,
        {"detail": "America/New_York has a summer time of its own: dst goes with hours from GMT, such as -8"},
    )
    assert "warnings" not in before
    (told,) = after["warnings"]
    assert told == (
        "Europe/Lisbon is the zone of its product and its report; new sites of the white label that say nothing still"
        " have +5.75 hours from GMT and summer time eu: --timezone -8 --dst usa"
    )


async def test_a_domain_is_one_white_labels_however_it_is_typed(edge: Edge) -> None:
    """The tracker's file is looked up by it, as browsers send it."""
    resellers, catalog = admin_of(edge).resellers, edge.follower.catalog

    for account, typed in ((1, "Example.com"), (2, "M\u00dcNCHEN.de."), (2, "[2001:DB8:0::1]")):
        await resellers.configure(account, SaidOfReseller(domain=typed))
    for typed in ("example.com", "EXAMPLE.com.", "https://example.com/"):
        with pytest.raises(CommandRefusedError) as refused:
            await resellers.configure(2, SaidOfReseller(domain=typed))
        assert refused.value.refusal is Refusal.DOMAIN_TAKEN
    for typed in ("a..b", "exam ple.com", "1.2.3.400"):
        with pytest.raises(UnfitError):
            await resellers.configure(2, SaidOfReseller(domain=typed))

    assert catalog.reseller_domains == {"example.com": 1, "2001:db8::1": 2}
    await resellers.configure(2, SaidOfReseller(domain="M\u00fcnchen.de"))
    await resellers.configure(1, SaidOfReseller(domain="", max_users=5))
    assert catalog.reseller_domains == {"xn--mnchen-3ya.de": 2}


def test_a_password_is_stretched_with_a_salt_of_its_own() -> None:
    """Two users with the same one do not show it."""
    one, other = stretched("pässword"), stretched("pässword")

    assert one.startswith("$argon2id$")
    assert one != other
    assert is_password("pässword", one)
    assert not is_password("password", one)
