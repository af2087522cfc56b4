"""Letters over a real mail server: taken, refused for good and for now, cut off, slow, behind a password and TLS."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from aiosmtpd.smtp import LoginPassword

from testkit.certificates import write_certificate
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.mail_server import Cut, MailServer, mail_server
from testkit.sealed import NOON_MS
from testkit.waiting import until_it_holds
from testkit.watching import KilledError, Killing
from watchers.causes import Cause
from watchers.contract import NotNowError, RefusedForGoodError
from watchers.delivery import AT_ONCE_MAX, LetterDelivery
from watchers.ledger import Ledger
from watchers.mail.contract import Write, ask_for_letter
from watchers.mail.destination import MailDestination
from watchers.mail.letter import Letter, Letterhead
from watchers.mail.smtp_carrier import SmtpCarrier, SmtpServer
from watchers.outbox import PAUSE_MS_MAX, TRIES_MAX, Outbox, pause_ms

TO = "jo@example.com"
LETTERHEAD = Letterhead("Tilde", "tilde@example.com")


def writer_to(to: str) -> Write:
    async def write(content: dict[str, object]) -> Letter | None:
        return Letter(to, f"letter {content['nr']}", "text", "<p>text</p>", "https://example.com/u")

    return write


def carrier(port: int, auth: str = "", scheme: str = "smtp", context: ssl.SSLContext | None = None) -> SmtpCarrier:
    server = SmtpServer.of(f"{scheme}://{auth}127.0.0.1:{port}")
    return SmtpCarrier(server, LETTERHEAD.address, context or ssl.create_default_context(), "example.com")


def destination(port: int, to: str = TO) -> MailDestination:
    return MailDestination({"test": writer_to(to)}, carrier(port), LETTERHEAD, KEYRING, FixedClock(NOON_MS))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "watchers.log")
    yield ledger
    ledger.close()


def put(ledger: Ledger, *numbers: int) -> Outbox:
    with ledger.transaction():
        Outbox(ledger).add(Cause("w", "clock", 1), [ask_for_letter("test", nr=nr) for nr in numbers], NOON_MS)
    return Outbox(ledger)


async def carried(server: MailServer) -> None:
    await destination(server.port).deliver("w.clock.1.0", ask_for_letter("test", nr=1).body)


async def test_a_letter_that_is_taken_is_there_once(ledger: Ledger) -> None:
    outbox = put(ledger, 1, 2)
    async with mail_server(MailServer()) as server:
        delivery = LetterDelivery(outbox, destination(server.port), FixedClock(NOON_MS))
        await delivery.step()
        await delivery.step()

    assert sorted(message["Subject"] for _, message in server.taken) == ["letter 1", "letter 2"]
    assert [to for to, _ in server.taken] == [[TO], [TO]]
    assert len({message["Message-ID"] for _, message in server.taken}) == 2
    assert (outbox.waiting(), outbox.dead(), delivery.delivered) == ({}, [], 2)


async def test_a_process_that_dies_behind_the_servers_yes_sends_the_letter_once_again(tmp_path: Path) -> None:
    """Under the same Message-ID; one that dies before it sends it once."""
    path, clock = tmp_path / "watchers.log", FixedClock(NOON_MS)
    async with mail_server(MailServer()) as server:
        for dies in ("before", "after", ""):
            ledger = Ledger(path)
            if dies == "before":
                put(ledger, 1)
            mail = Killing(destination(server.port))
            mail.dies = dies
            clock.advance(PAUSE_MS_MAX)
            with nullcontext() if not dies else pytest.RaisesGroup(KilledError):
                await LetterDelivery(Outbox(ledger), mail, clock).step()
            ledger.close()

    assert len(server.taken) == 2
    assert len({message["Message-ID"] for _, message in server.taken}) == 1


@pytest.mark.parametrize("where", ["rcpt", "data"])
async def test_one_that_is_refused_for_good_is_dead_and_told_without_the_address(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    outbox = put(ledger, 1)
    refusing = MailServer(**{where: "550 5.1.1 <ADDRESS>: no such user jo@example.com here"})  # type: ignore[arg-type]
    async with mail_server(refusing) as server:
        await LetterDelivery(outbox, destination(server.port), FixedClock(NOON_MS)).step()
    ((_, why),) = outbox.dead()

    assert "550 5.1.1" in why
    assert TO not in why + capsys.readouterr().err
    assert server.taken == []


@pytest.mark.parametrize("where", ["rcpt", "data"])
async def test_one_that_is_refused_for_now_goes_out_later(ledger: Ledger, where: str) -> None:
    outbox, clock = put(ledger, 1), FixedClock(NOON_MS)
    async with mail_server(MailServer(**{where: "451 4.7.1 come again"})) as server:  # type: ignore[arg-type]
        delivery = LetterDelivery(outbox, destination(server.port), clock)
        await delivery.step()
        trouble = delivery.trouble
        server.rcpt = server.data = "250 OK"
        waited = await delivery.step()
        clock.advance(pause_ms(1))
        await delivery.step()

    assert trouble is not None
    assert "451 4.7.1" in trouble
    assert waited == 0
    assert delivery.trouble is None
    assert len(server.taken) == 1


@pytest.mark.parametrize("where", [Cut.AT_THE_ADDRESS, Cut.IN_THE_LETTER, Cut.AT_THE_LETTER])
async def test_a_connection_that_is_cut_off_is_made_again(ledger: Ledger, where: Cut) -> None:
    """The letter waits meanwhile, and nothing that was said of the connection has the address in it."""
    outbox, clock = put(ledger, 1), FixedClock(NOON_MS)
    async with mail_server(MailServer(cuts=where)) as server:
        delivery = LetterDelivery(outbox, destination(server.port), clock)
        await delivery.step()
        trouble, waiting = delivery.trouble, outbox.waiting()
        server.cuts = None
        clock.advance(pause_ms(1))
        await delivery.step()

    assert trouble is not None
    assert TO not in trouble
    assert waiting == {"mail": 1}
    assert (len(server.taken), outbox.waiting(), outbox.dead()) == (1, {}, [])


async def test_one_whose_yes_is_cut_off_is_there_once_again_under_the_same_message_id(ledger: Ledger) -> None:
    """A server that has it after all knows it again."""
    outbox, clock = put(ledger, 1), FixedClock(NOON_MS)
    async with mail_server(MailServer(cuts=Cut.BEFORE_THE_YES)) as server:
        delivery = LetterDelivery(outbox, destination(server.port), clock)
        await delivery.step()
        server.cuts = None
        clock.advance(pause_ms(1))
        await delivery.step()
        clock.advance(PAUSE_MS_MAX)
        await delivery.step()

    assert len(server.taken) == 2
    assert len(server.times) == 1


async def test_a_server_that_is_away_is_waited_for_and_not_for_ever(ledger: Ledger) -> None:
    async with mail_server(MailServer()) as server:
        port = server.port
    outbox, clock = put(ledger, 1), FixedClock(NOON_MS)
    delivery = LetterDelivery(outbox, destination(port), clock)
    for nth in range(1, TRIES_MAX + 1):
        assert await delivery.step() == 1
        clock.advance(pause_ms(nth))

    assert await delivery.step() == 0
    ((_, why),) = outbox.dead()
    assert "127.0.0.1 cannot be reached" in why


async def test_slow_ones_keep_no_look_and_no_other_letter_waiting(ledger: Ledger) -> None:
    """A server that answers after its time: those in its hands wait, a hand that is free goes on."""
    gate = asyncio.Event()
    outbox = put(ledger, *range(AT_ONCE_MAX - 1))
    async with mail_server(MailServer(is_open=gate)) as server:
        delivery = LetterDelivery(outbox, destination(server.port), FixedClock(NOON_MS))
        delivering = asyncio.create_task(delivery.run())
        await until_it_holds(lambda: len(server.tried) == AT_ONCE_MAX - 1)
        server.is_open = None
        put(ledger, 100)
        delivery.wake()
        await until_it_holds(lambda: server.taken)
        first = server.taken[0][1]["Subject"]
        gate.set()
        await until_it_holds(lambda: not outbox.waiting())
        delivering.cancel()

    assert first == "letter 100"
    assert len(server.taken) == AT_ONCE_MAX


async def test_one_that_takes_its_minute_is_tried_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchers.delivery.DELIVERY_MS_MAX", 200)
    outbox = put(ledger, 1)
    async with mail_server(MailServer(is_open=asyncio.Event())) as server:
        delivery = LetterDelivery(outbox, destination(server.port), FixedClock(NOON_MS))
        await delivery.step()

    assert delivery.trouble == "no answer"
    assert outbox.waiting() == {"mail": 1}


async def test_a_letter_to_nobody_any_more_is_done(ledger: Ledger) -> None:
    async def nobody(content: dict[str, object]) -> None:
        return None

    outbox = put(ledger, 1)
    mail = MailDestination({"test": nobody}, carrier(1), LETTERHEAD, KEYRING, FixedClock(NOON_MS))
    await LetterDelivery(outbox, mail, FixedClock(NOON_MS)).step()

    assert (outbox.waiting(), outbox.dead()) == ({}, [])


# TLS and passwords.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("tls"), address="127.0.0.1")


def context_of(chain: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


async def test_a_password_goes_over_starttls(certificate: tuple[Path, Path]) -> None:
    """What is an escape in a URL is none in the password."""
    server = MailServer(user=LoginPassword(b"stats@example.com", b"p@ss:/w"))
    async with mail_server(server, tls_context=context_of(*certificate), require_starttls=True):
        believed = ssl.create_default_context(cafile=str(certificate[0]))
        await carrier(server.port, "stats%40example.com:p%40ss%3A%2Fw@", context=believed).carry(
            "a", TO, b"Subject: s\r\n\r\nt"
        )

    assert len(server.taken) == 1


async def test_a_password_never_goes_to_a_server_without_tls() -> None:
    server = MailServer(user=LoginPassword(b"a", b"b"))
    async with mail_server(server, auth_require_tls=False):
        with pytest.raises(NotNowError, match="STARTTLS"):
            await carrier(server.port, "a:b@").carry("a", TO, b"Subject: s\r\n\r\nt")

    assert server.tried == []


async def test_a_certificate_of_nobody_known_is_not_believed(certificate: tuple[Path, Path]) -> None:
    async with mail_server(MailServer(), tls_context=context_of(*certificate), require_starttls=True) as server:
        with pytest.raises(NotNowError):
            await carrier(server.port).carry("a", TO, b"Subject: s\r\n\r\nt")

    assert server.tried == []


async def test_a_wrong_password_is_the_operators_to_mend_and_the_letter_waits(certificate: tuple[Path, Path]) -> None:
    server = MailServer(user=LoginPassword(b"a", b"b"))
    async with mail_server(server, tls_context=context_of(*certificate)):
        believed = ssl.create_default_context(cafile=str(certificate[0]))
        with pytest.raises(NotNowError, match="SMTPAuthenticationError: 535 5.7.8"):
            await carrier(server.port, "a:c@", context=believed).carry("a", TO, b"Subject: s\r\n\r\nt")


async def test_an_address_of_any_letters_goes_where_the_server_takes_it() -> None:
    async with mail_server(MailServer()) as server:
        await destination(server.port, "jürgen@xn--mnchen-3ya.de").deliver(
            "w.clock.1.0", ask_for_letter("test", nr=1).body
        )

    assert server.taken[0][0] == ["jürgen@xn--mnchen-3ya.de"]


async def test_a_refusal_is_told_by_its_numbers_alone() -> None:
    async with mail_server(MailServer(data="554 no letters from jo@example.com")) as server:
        with pytest.raises(RefusedForGoodError, match="^the letter is refused: 554$"):
            await carried(server)
