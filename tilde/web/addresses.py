"""Where Tilde listens: one address for http, one for https, or either alone; and where dialects take datagrams in."""

from typing import NamedTuple

from tilde.dialects import known
from tilde.settings import Settings

BACKLOG = 2048  # who waits there is not refused: while the edge starts again, or descriptors are short
_FOR_ALL = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared, not bound


class Address(NamedTuple):
    """A host and a port, and what is spoken there; `setting` is the one that says which port."""

    host: str
    port: int
    is_tls: bool
    setting: str

    @property
    def url(self) -> str:
        """The URL of the address, as it was set."""
        return _url(self.host, self.port, is_tls=self.is_tls)

    @property
    def own_url(self) -> str:
        """The URL by which processes of this machine find it. Its certificate is for the name that users call it by, so
        who asks here does not verify it.
        """
        return _url(_FOR_ALL.get(self.host, self.host), self.port, is_tls=self.is_tls)


def _url(host: str, port: int, *, is_tls: bool) -> str:
    return f"{'https' if is_tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def addresses(settings: Settings) -> list[Address]:
    """The users' addresses, http before https. A certificate without a port for https is served on the one port."""
    if settings.tls_port is None:
        return [Address(settings.host, settings.port, settings.tls_cert is not None, "port")]
    return [
        Address(settings.host, settings.port, is_tls=False, setting="port"),
        Address(settings.host, settings.tls_port, is_tls=True, setting="tls_port"),
    ]


class DatagramAddress(NamedTuple):
    """A host and a UDP port; `setting` is the one that says which port."""

    host: str
    port: int
    setting: str


def datagram_addresses(settings: Settings) -> list[DatagramAddress]:
    """Where dialects take datagrams in, as far as that is set."""
    ports = {setting: getattr(settings, setting) for setting in known.DIALECTS.datagrams}
    return [DatagramAddress(settings.host, port, setting) for setting, port in ports.items() if port is not None]
