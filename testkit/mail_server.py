"""A real mail server on this machine, which does with letters as a test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import Enum, auto
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"


class Cut(Enum):
    """Where a server closes the connection."""

    AT_THE_ADDRESS = auto()
    IN_THE_LETTER = auto()
    """It has said that it wants it, and takes a part."""
    AT_THE_LETTER = auto()
    """It has all of it, and does not take it."""
    BEFORE_THE_YES = auto()
    """It has taken it, and nobody hears of that."""


@dataclass(slots=True)
class MailServer:
    """`rcpt` and `data` are what it answers to an address and to a letter; with `cuts` it closes the connection there,
    and with `is_open` it answers to a letter only once the event is set. `taken` has what it took, `tried` what it was
    shown; `times`, by Message-ID, when who sent what it took had named the address, on the loop's clock.
    """

    rcpt: str = OK
    data: str = OK
    cuts: Cut | None = None
    is_open: asyncio.Event | None = None
    user: LoginPassword | None = None
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    tried: list[bytes] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)
    port: int = 0

    # What aiosmtpd calls.

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.cuts is Cut.AT_THE_ADDRESS:
            _cut(server)
        session.named_s = asyncio.get_running_loop().time()  # type: ignore[attr-defined] # each letter has a connection
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt.replace("ADDRESS", address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.tried.append(content)
        if self.is_open is not None:
            await self.is_open.wait()
        if self.cuts in (Cut.AT_THE_LETTER, Cut.BEFORE_THE_YES):
            _cut(server)
        if self.data.startswith("2") and self.cuts is not Cut.AT_THE_LETTER:
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append((list(envelope.rcpt_tos), message))
            self.times.setdefault(message["Message-ID"], []).append(session.named_s)  # type: ignore[attr-defined]
        return self.data

    def authenticated(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        return AuthResult(success=data == self.user, handled=False)


def _cut(connection: SMTP) -> None:
    assert isinstance(connection.transport, asyncio.Transport)
    connection.transport.abort()


@asynccontextmanager
async def mail_server(server: MailServer, port: int = 0, **options: Any) -> AsyncIterator[MailServer]:
    """It listens on 127.0.0.1, `port` or one that is free; `options` are those of aiosmtpd."""

    class Connection(SMTP):
        async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
            if server.cuts is Cut.IN_THE_LETTER:
                await self.push("354 go on")
                _cut(self)
            else:
                await super().smtp_DATA(arg)

    def connected() -> SMTP:
        options.setdefault("authenticator", server.authenticated)
        return Connection(server, hostname="mail.test", enable_SMTPUTF8=True, **options)

    listening = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
