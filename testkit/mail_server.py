"""A real mail server on this machine, which does with letters as a test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"


@dataclass(slots=True)
class MailServer:
    """`rcpt` and `data` are what it answers to an address and to a letter; with `cuts` it closes the connection where
    it has the letter, and with `is_open` it answers to that only once the event is set. `taken` has what it took,
    `tried` what it was shown.
    """

    rcpt: str = OK
    data: str = OK
    cuts: bool = False
    is_open: asyncio.Event | None = None
    user: LoginPassword | None = None
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    tried: list[bytes] = field(default_factory=list)
    port: int = 0

    # What aiosmtpd calls.

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt.replace("ADDRESS", address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.tried.append(content)
        if self.is_open is not None:
            await self.is_open.wait()
        if self.cuts:
            server.transport.abort()
        if self.data.startswith("2") and not self.cuts:
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append((list(envelope.rcpt_tos), message))
        return self.data

    def authenticated(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        return AuthResult(success=data == self.user, handled=False)


@asynccontextmanager
async def mail_server(server: MailServer, port: int = 0, **options: Any) -> AsyncIterator[MailServer]:
    """It listens on 127.0.0.1, `port` or one that is free; `options` are those of aiosmtpd."""

    def connected() -> SMTP:
        return SMTP(server, hostname="mail.test", enable_SMTPUTF8=True, authenticator=server.authenticated, **options)

    listening = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
