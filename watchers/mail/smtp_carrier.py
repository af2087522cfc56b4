"""Carries letters to a mail server, by SMTP.

What a server answers may have the address in it, so it is told by its code alone.
"""

import contextlib
import re
import ssl
from typing import NamedTuple, NoReturn, Self
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from watchers.contract import NotNowError, RefusedForGoodError

ANSWER_S_MAX = 50.0  # for one command; the whole of it has the minute of a delivery
GOODBYE_S_MAX = 1.0
FOR_GOOD = 500
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")  # RFC 3463: what is wrong, in numbers
_PORTS = {"smtp": 587, "smtps": 465}


class SmtpServer(NamedTuple):
    """Where to send, and as whom. `is_tls`: TLS from the first byte, not by STARTTLS."""

    host: str
    port: int
    user: str | None
    password: str | None
    is_tls: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """From smtp://USER:PASSWORD@HOST:PORT or smtps://..; signs of a URL in the two are escaped, as %40 for @."""
        parts = urlsplit(url)
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.hostname or "", port, user, password, parts.scheme == "smtps")

    @property
    def starts_tls(self) -> bool | None:
        """Whether STARTTLS is asked for: always before a password is sent, else where the server offers it (None)."""
        if self.is_tls:
            return False
        return None if self.password is None else True


class SmtpCarrier:
    """Opens a connection for each letter. Letters are few, and none waits while the server is busy with another."""

    def __init__(self, server: SmtpServer, sender: str, context: ssl.SSLContext, local_name: str) -> None:
        """`context` says whose certificates are believed; `local_name` is what we call ourselves to the server."""
        self._server = server
        self._sender = sender
        self._context = context
        self._local_name = local_name

    async def carry(self, id_: str, to: str, message: bytes) -> None:
        try:
            await self._send(to, message)
        except SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            _raise_by_code("the address is refused", first.code, first.message)
        except SMTPDataError as refused:
            _raise_by_code("the letter is refused", refused.code, refused.message)
        except SMTPConnectError as error:
            raise NotNowError(f"{self._server.host} cannot be reached: {_without_text(error)}") from None
        except SMTPNotSupported as error:
            if to.isascii():
                raise NotNowError(f"{self._server.host} lacks something that we need: {error.message}") from None
            raise RefusedForGoodError("the server takes no address with such letters") from None
        except SMTPResponseException as refused:  # of our greeting, our name, our password: not this letter's fault
            raise NotNowError(f"{type(refused).__name__}: {_shown(refused.code, refused.message)}") from None
        except (SMTPException, OSError) as error:
            raise NotNowError(f"{self._server.host}: {_without_text(error)}") from None

    async def _send(self, to: str, message: bytes) -> None:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self._local_name,
            timeout=ANSWER_S_MAX,
            use_tls=server.is_tls,
            start_tls=server.starts_tls,
            tls_context=self._context,
        )
        try:
            await client.connect()
            options = [] if to.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            await client.sendmail(self._sender, [to], message, mail_options=options)
            with contextlib.suppress(SMTPException, OSError, TimeoutError):  # it has the letter: the rest is manners
                await client.quit(timeout=GOODBYE_S_MAX)
        finally:
            client.close()


def _raise_by_code(what: str, code: int, text: str) -> NoReturn:
    told = f"{what}: {_shown(code, text)}"
    raise RefusedForGoodError(told) if code >= FOR_GOOD else NotNowError(told)


def _shown(code: int, text: str) -> str:
    enhanced = _ENHANCED.match(text)
    return f"{code} {enhanced[0]}" if enhanced else str(code)


def _without_text(error: Exception) -> str:
    """What went wrong with a connection. The system's words have no address in them, a server's may."""
    if isinstance(error, SMTPResponseException):
        return _shown(error.code, error.message)
    if type(error) is SMTPException and error.message:  # the library's own words: no STARTTLS before a password
        return error.message
    cause = error if isinstance(error, OSError) and error.strerror else error.__cause__
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else type(cause or error).__name__
