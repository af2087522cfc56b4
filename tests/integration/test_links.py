"""The links in letters, through the real edge and decider: who looks changes nothing, the button works once."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from producers.admin.stats import StatCommands
from producers.links.routes import LinkCalls, _shown
from testkit.builders import a_catalog, an_account_created
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.whole_edge import OPERATOR_TOKEN, a_query_api, the_whole_edge
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.metrics import Kind, metric_id, short_id
from tilde.keys.keyring import Keyring
from tilde.keys.links import ADDRESS_BYTES, DAYS, DeleteLink, Link, SilenceLink, written
from tilde.own_paths import LINKS_BELOW
from tilde.runtime.clock import SystemClock
from tilde.web.http_clients import open_async_client

OPERATOR = {"authorization": f"Bearer {OPERATOR_TOKEN}"}
JO = "jo@example.com"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with the_whole_edge(tmp_path_factory.mktemp("edge"), httpx.ASGITransport(a_query_api)) as app:
        transport = httpx.ASGITransport(app)
        async with open_async_client(transport, base_url="http://edge") as client:
            yield client


pytestmark = pytest.mark.asyncio(loop_scope="module")


def path_of(link: Link, keyring: Keyring = KEYRING) -> str:
    return f"{LINKS_BELOW}{written(link, keyring)}"


def deleting(name: str) -> tuple[str, str]:
    """The path that deletes a counter of account main, and the stat's id."""
    metric = metric_id(1, "counter", name)
    return path_of(DeleteLink.from_now(1, metric, SystemClock().now_ms())), short_id(metric)


async def restored(client: httpx.AsyncClient, stat: str) -> bool:
    """Whether the stat was in the trash."""
    path = f"/tilde/v1/accounts/main/stats/{stat}/restore"
    return (await client.post(path, headers=OPERATOR)).is_success


async def account(client: httpx.AsyncClient, name: str) -> dict[str, object]:
    found: dict[str, object] = (await client.get(f"/tilde/v1/accounts/{name}", headers=OPERATOR)).json()
    return found


async def test_who_looks_changes_nothing(client: httpx.AsyncClient) -> None:
    """Guards of mail programs follow every link, some with HEAD, before anybody reads the letter."""
    path, stat = deleting("looked at")
    asked = [await client.get(path), await client.head(path), await client.get(path)]

    assert [answer.status_code for answer in asked] == [200, 200, 200]
    assert '<form method="post"><button>Destroy it</button></form>' in asked[0].text
    assert "signups" in asked[0].text
    assert asked[0].headers["referrer-policy"] == "no-referrer"
    assert asked[0].headers["cache-control"] == "no-store"
    assert not await restored(client, stat)


async def test_no_name_turns_the_words_of_a_page_round() -> None:
    assert b"<p>All of &lt;b&gt; a goes.</p>" in _shown("Sure?", "All of <b> \u202ea\x07\n goes.").body


async def test_the_button_deletes_once(client: httpx.AsyncClient) -> None:
    """Not again where its owner has taken the stat out of the trash, by a link of another letter neither."""
    path, stat = deleting("hits")
    first, second = await client.post(path), await client.post(path)
    was_deleted, looked = await restored(client, stat), await client.get(path)
    later = path_of(DeleteLink(1, metric_id(1, "counter", "hits"), SystemClock().now_ms() // 1000 + 99))
    third = await client.post(later)

    assert [first.status_code, second.status_code, looked.status_code, third.status_code] == [200, 410, 410, 410]
    assert was_deleted
    assert "<form" not in second.text + looked.text
    assert not await restored(client, stat)


async def test_the_pages_have_the_whole_command_that_takes_it_out_again(client: httpx.AsyncClient) -> None:
    """With its account, and with its product where that is not the account's first one."""
    await client.post("/tilde/v1/accounts", headers=OPERATOR, json={"name": "my shop"})
    made = await client.post("/tilde/v1/products", headers=OPERATOR, json={"account": "my shop", "name": "outlet"})
    second = made.json()["id"]
    stats, stat = f"/tilde/v1/accounts/my%20shop/stats?product={second}", {"name": "way back", "kind": "counter"}
    assert (await client.post(stats, headers=OPERATOR, json=stat)).is_success
    metric, now_ms = metric_id(second, "counter", "way back"), SystemClock().now_ms()
    other = path_of(DeleteLink.from_now(second, metric, now_ms))
    command = f"tilde stat restore {short_id(metric)} --account &#x27;my shop&#x27; --product {second}</p>"
    assert command in (await client.get(other)).text

    path, id_ = deleting("way back")
    pages = [await client.get(path), await client.post(path), await client.post(path)]
    assert [f"tilde stat restore {id_} --account main</p>" in page.text for page in pages] == [True, True, True]
    assert await restored(client, id_)


async def test_it_ends_after_seven_days(client: httpx.AsyncClient) -> None:
    now_ms, metric = SystemClock().now_ms(), metric_id(1, "counter", "old")
    ended = path_of(DeleteLink.from_now(1, metric, now_ms - DAYS * 86_400_000 - 1000))
    still = path_of(DeleteLink.from_now(1, metric, now_ms - DAYS * 86_400_000 + 60_000))

    assert (await client.get(ended)).status_code == (await client.post(ended)).status_code == 410
    assert (await client.get(still)).status_code == 200


async def test_what_was_not_signed_here_is_no_link(client: httpx.AsyncClient) -> None:
    path, stat = deleting("safe")
    foreign = path_of(
        DeleteLink.from_now(1, metric_id(1, "counter", "safe"), SystemClock().now_ms()), Keyring(bytes(32))
    )
    flipped = path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]
    stat_key = f"{LINKS_BELOW}{KEYRING.stat_key(1, 'counter', 5)}"  # type: ignore[arg-type]
    for wrong in (
        foreign,
        flipped,
        path[:-1],
        f"{path}A",
        f"{LINKS_BELOW}a",
        f"{LINKS_BELOW}%00",
        f"{LINKS_BELOW}é",
        stat_key,
    ):
        assert (await client.get(wrong)).status_code == (await client.post(wrong)).status_code == 404

    assert not await restored(client, stat)


async def test_a_failure_is_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.delete(f"{LINKS_BELOW}a")

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>This did not work</h1>" in answer.text


# No more mail.


async def silencing(client: httpx.AsyncClient, name: str, address: str) -> str:
    created = await client.post("/tilde/v1/accounts", json={"name": name, "email": address}, headers=OPERATOR)
    id_ = created.json()["id"]
    return path_of(SilenceLink(id_, KEYRING.hash(KeyKind.EMAIL, address)[:ADDRESS_BYTES]))


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
async def test_mail_ends_by_the_button_and_by_a_mail_programs_own(
    client: httpx.AsyncClient, body: dict[str, str]
) -> None:
    name = f"shop{len(body)}"
    path = await silencing(client, name, f"{name}@example.com")
    looked = await client.get(path)
    before = (await account(client, name))["mail"]
    done, again = await client.post(path, data=body), await client.post(path, data=body)

    assert before is True
    assert "<button>No more mail</button>" in looked.text
    assert (done.status_code, again.status_code) == (200, 200)
    assert (await account(client, name))["mail"] is False
    assert "<form" not in (await client.get(path)).text


async def test_a_link_to_an_address_that_an_account_had_ends_nothing(client: httpx.AsyncClient) -> None:
    """Whoever has it now is somebody else."""
    path = await silencing(client, "moved", JO)
    await client.post(
        "/tilde/v1/accounts/moved/keys", json={"kind": "email", "key": "new@example.com"}, headers=OPERATOR
    )

    assert (await client.get(path)).status_code == (await client.post(path)).status_code == 410
    assert (await account(client, "moved"))["mail"] is True


async def test_a_link_of_an_account_that_there_is_not_ends_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post(path_of(SilenceLink(99, bytes(ADDRESS_BYTES))))).status_code == 410


async def test_names_on_a_page_are_text(tmp_path: Path) -> None:
    async def evil(scope, receive, send) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = b'{"kind":"counter","name":"<script>alert(1)</script>\\"&","created_at":0}'
        await send({"type": "http.response.body", "body": body})

    async with (
        the_whole_edge(tmp_path, httpx.ASGITransport(evil)) as app,
        open_async_client(httpx.ASGITransport(app), base_url="http://edge") as client,
    ):
        page = (await client.get(deleting("x")[0])).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;" in page
    assert "<script" not in page


async def test_a_stat_that_is_in_the_trash_already_stays_as_it_is_there(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its 48 hours do not begin anew, and the link works once its owner has taken it out."""
    path, stat = deleting("trashed by hand")
    delete = f"/tilde/v1/accounts/main/stats/{stat}"
    assert (await client.delete(delete, headers=OPERATOR)).is_success
    with monkeypatch.context() as trashed:
        trashed.setattr(StatCommands, "in_sight", nobodys)
        late = await client.post(path)
    assert (late.status_code, "There is no such stat" in late.text) == (410, True)
    assert await restored(client, stat)

    assert (await client.post(path)).status_code == 200
    assert await restored(client, stat)


async def nobodys(*_: object) -> None:
    """As the query API says of what is in the trash; the one that stands in here says of all that it is there."""


async def test_a_link_works_to_the_end_of_its_seventh_day_and_not_a_millisecond_longer() -> None:
    """By a clock that stands: looked at, and done."""
    clock = FixedClock(1_800_000_000_000)
    text, deleted = written(DeleteLink.from_now(1, 5, clock.now_ms()), KEYRING), []

    class Stats:
        def is_link_used(self, product: int, metric: int) -> bool:
            return False

        async def in_sight(self, product: int, metric: int) -> tuple[Kind, str]:
            return Kind.COUNTER, "old"

        async def delete_by_link(self, product: int, metric: int) -> None:
            deleted.append(metric)

    calls = LinkCalls(a_catalog(an_account_created(1)), None, Stats(), KEYRING, clock)  # type: ignore[arg-type]
    clock.advance(7 * 86_400_000)
    still = (await calls.ask(text)).status_code, (await calls.do(text)).status_code
    clock.advance(1)
    ended = (await calls.ask(text)).status_code, (await calls.do(text)).status_code

    assert (still, ended, deleted) == ((200, 200), (410, 410), [5])
