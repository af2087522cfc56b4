"""The command that erases visitors of web sites, made of what is known of them."""

from collections.abc import Mapping

from producers.edge.command_desk import CommandDesk
from tilde.domain.catalog.erasures import EraseVisitors
from tilde.keys.keyring import Keyring


class Erasures:
    """Raises CommandRefusedError, LogError, TimeoutError as CommandDesk.ask does."""

    def __init__(self, desk: CommandDesk, keyring: Keyring) -> None:
        self._desk = desk
        self._keyring = keyring

    async def erase(self, site: int, traits: Mapping[str, str], number: int | None = None) -> int:
        """Has every edge erase the visitors of a site who have one of these traits, or identities, by what each is
        about, or this number. Returns the sequence of the entry that says so.
        """
        hashes = {self._keyring.visitor_number(site, about, text) for about, text in traits.items()}
        if number is not None:
            hashes.add(number)
        entry = await self._desk.ask(EraseVisitors(site, tuple(sorted(hashes))))
        return entry.sequence
