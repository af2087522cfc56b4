"""What watchers/mail/contract.py promises of a Carrier, on both: a mail server, and a folder of this machine."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from testkit.mail_server import MailServer, mail_server
from testkit.sealed import NOON_MS
from watchers.contract import NotNowError
from watchers.folder_destination import FolderDestination
from watchers.mail.contract import Carrier
from watchers.mail.folder_carrier import FolderCarrier
from watchers.mail.letter import Letter, Letterhead, message_of
from watchers.mail.smtp_carrier import SmtpCarrier, SmtpServer

TO = "jo@example.com"
LETTERHEAD = Letterhead("Tilde", "tilde@example.com")
TEXT = "a line\n.\n..two dots stand first\n\nFrom here on: größer, 日本\n" + "a long line " * 200 + "\nthe last one"


def a_message(unique: str, to: str = TO, text: str = TEXT) -> bytes:
    letter = Letter(to, f"letter {unique}", text, "<p>text</p>", "https://example.com/u")
    return message_of(letter, unique, LETTERHEAD, NOON_MS).as_bytes()


@dataclass
class Place:
    """A carrier, what whoever gets its letters has (each as its lines), and switches that take that place away and
    bring it back.
    """

    carrier: Carrier
    letters: Callable[[], list[list[bytes]]]
    goes_away: Callable[[], Awaitable[None]]
    comes_back: Callable[[], Awaitable[None]]


def in_a_folder(folder: Path) -> Place:
    """What is away has a file in its place."""

    def letters() -> list[list[bytes]]:
        return [path.read_bytes().splitlines() for path in sorted(folder.glob("*.eml"))]

    async def goes_away() -> None:
        folder.write_bytes(b"")

    async def comes_back() -> None:
        folder.unlink()

    return Place(FolderCarrier(FolderDestination("mail", folder, ".eml")), letters, goes_away, comes_back)


async def at_a_server(stack: AsyncExitStack) -> Place:
    server, running = MailServer(), AsyncExitStack()
    await running.enter_async_context(mail_server(server))
    stack.push_async_callback(running.aclose)
    carrier = SmtpCarrier(
        SmtpServer.of(f"smtp://127.0.0.1:{server.port}"),
        LETTERHEAD.address,
        ssl.create_default_context(),
        "example.com",
    )

    def letters() -> list[list[bytes]]:
        return [message.splitlines() for message in server.tried]

    async def comes_back() -> None:
        await running.enter_async_context(mail_server(server, server.port))

    return Place(carrier, letters, running.aclose, comes_back)


@pytest.fixture(params=["folder", "server"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        yield in_a_folder(tmp_path / "letters") if request.param == "folder" else await at_a_server(stack)


async def test_what_was_carried_is_there_to_its_last_line_when_the_call_returns(place: Place) -> None:
    """Also lines that a server would take for the end, and letters that no mail of ASCII has."""
    message = a_message("w.clock.1.0")

    await place.carrier.carry("w.clock.1.0", TO, message)

    assert place.letters() == [message.splitlines()]


async def test_many_at_once_are_each_there_whole(place: Place) -> None:
    """None waits for another's, and none has a line of another's."""
    messages = {f"w.clock.{nth}.0": a_message(f"w.clock.{nth}.0", text=f"letter {nth}\n" * nth) for nth in range(20)}

    await asyncio.gather(*(place.carrier.carry(id_, TO, message) for id_, message in messages.items()))

    assert sorted(place.letters()) == sorted(message.splitlines() for message in messages.values())


async def test_one_that_is_carried_again_is_the_same_letter(place: Place) -> None:
    """As after a crash that hid whether it was there: no fault, and nothing else under its id."""
    message = a_message("w.clock.1.0")
    for _ in range(2):
        await place.carrier.carry("w.clock.1.0", TO, message)

    assert {tuple(lines) for lines in place.letters()} == {tuple(message.splitlines())}


@pytest.mark.parametrize("to", ["jürgen@xn--mnchen-3ya.de", '"a b"@example.com', "jo+tilde@localhost"])
async def test_whatever_is_an_address_gets_its_letter(place: Place, to: str) -> None:
    await place.carrier.carry("w.clock.1.0", to, a_message("w.clock.1.0", to))

    assert len(place.letters()) == 1


async def test_a_place_that_is_away_takes_nothing_now_and_the_letter_goes_once_it_is_back(place: Place) -> None:
    """And what is told of it has no address in it."""
    message = a_message("w.clock.1.0")
    await place.goes_away()
    with pytest.raises(NotNowError) as away:
        await place.carrier.carry("w.clock.1.0", TO, message)
    await place.comes_back()

    assert TO not in str(away.value)
    assert str(away.value)
    assert place.letters() == []
    await place.carrier.carry("w.clock.1.0", TO, message)
    assert place.letters() == [message.splitlines()]
