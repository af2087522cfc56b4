"""Keyholders: visitors of sites, and people of products. Each has a key of his own, and what identifies him is kept
sealed with it. His key is made durable before the first event that names it; erased, it leaves nothing of him that
anybody can read, in any copy of the log.

A realm is the site or the product that he is known to, and whoever is known to two has two keys. An identity is what
tells a keyholder from others of his realm. What he is found by in an erasure besides, an address or what his site
calls him, is a trait.
"""

import asyncio
import os
import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tilde.errors import TildeError
from tilde.eventlog import LogError
from tilde.keys.keyholder_file import KeyholderFile
from tilde.keys.keyholder_tables import Leaving, Secret, Trait, Untold
from tilde.keys.keyring import Keyring
from tilde.runtime.tasks import in_thread

KEYHOLDERS_REMEMBERED_MAX = 20_000  # a kilobyte each
NEW_MAX = 5_000  # that wait for the next commit
TRAITS_REMEMBERED_MAX = 100  # of one keyholder
_SECRET_BYTES = 32
_NONCE_BYTES = 12
_KEY_BITS = 62


class ErasedError(TildeError):
    """What is sealed cannot be opened by anybody: its keyholder was erased, or has never been."""


class Identity(NamedTuple):
    """What tells a keyholder from others of his realm: `about` says what the text is."""

    realm: int
    about: str
    text: str


class Keyholder:
    """Somebody whose key is there. `number` is the same for whoever has the identity and the master secret; `key` says
    which secret opens what is sealed here.
    """

    def __init__(self, secret: Secret, keyring: Keyring) -> None:
        self.key = secret.key
        self.realm = secret.realm
        self.number = secret.number
        self.traits: set[int] = set()
        self._secret = secret.secret
        self._keyring = keyring

    @cached_property
    def _cipher(self) -> AESGCM:
        return self._keyring.keyholder_key(self._secret)

    def seal(self, said: Any) -> bytes:
        """What is said of him, a value of JSON, for his key alone (AES-256-GCM, a random nonce in front)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, orjson.dumps(said), None)

    def open(self, sealed: bytes) -> Any:
        """Opens what `seal` made: returns what that took. Raises ErasedError."""
        try:
            return orjson.loads(self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))
        except InvalidTag:
            raise ErasedError("this was sealed with another key") from None


class Keyholders:
    """The keyholders of one edge. For its event loop, but for `keep`, which the thread of its log calls before a
    commit.

    `trouble`: why nobody new can be kept; None where he can.
    """

    def __init__(self, file: KeyholderFile, keyring: Keyring) -> None:
        self._file = file
        self._keyring = keyring
        self._young: dict[Identity, Keyholder] = {}
        self._old: dict[Identity, Keyholder] = {}
        self._new_secrets: list[Secret] = []
        self._new_traits: list[Trait] = []
        self._keeping = threading.Lock()
        self._erasing = asyncio.Lock()
        self._leaving: dict[int, Leaving] = {}  # by their keys: found, and perhaps in the file yet
        self._begun = 0  # the last erasure that has, here
        self._forgetting: list[Callable[[], None]] = []
        self.trouble: str | None = None

    def when_erased(self, forget: Callable[[], None]) -> None:
        """From now on `forget` is called when somebody is erased: what is remembered elsewhere of who they are has
        to go with him, and the keys that are held for them.
        """
        self._forgetting.append(forget)

    def of(self, identity: Identity) -> Keyholder:
        """Whose identity this is. He gets a key here where he has none: `keep` makes it durable. Raises LogError."""
        found = self._young.get(identity)
        return self._found(identity) if found is None else found

    def note(self, keyholder: Keyholder, about: str, text: str) -> None:
        """A trait, by which an erasure finds him from the next `keep` on. Raises LogError."""
        trait = self._keyring.keyed_hash(keyholder.realm, about, text)
        if trait in keyholder.traits:
            return
        noted = Trait(keyholder.realm, trait, keyholder.key)
        if not self._file.has(noted):
            self._require_no_trouble()
            self._new_traits.append(noted)
        if len(keyholder.traits) >= TRAITS_REMEMBERED_MAX:
            keyholder.traits.clear()
        keyholder.traits.add(trait)

    def keep(self) -> None:
        """Makes what is new durable. Raises LogError; what is new then stays new, until `give_up`."""
        if self._new_secrets or self._new_traits:
            self._keep()

    def give_up(self, trouble: str) -> None:
        """Drops what is new, when no event will ever name it. From now on nobody new is taken, nor anything new of
        somebody who is known, until `try_again` has worked: others' events wait for no file that cannot be written.
        """
        with self._keeping:
            self.trouble = trouble
            self._new_secrets.clear()
            self._new_traits.clear()
        self._young.clear()
        self._old.clear()
        for forget in self._forgetting:
            forget()

    async def try_again(self) -> None:
        """Takes who is new again, if the file can be written. Raises LogError where it cannot."""
        await in_thread(self._file.probe)
        self.trouble = None

    def _keep(self) -> None:
        """Who is new may be one who leaves, and has come back: then the one that he was goes first."""
        with self._keeping:
            self._file.take_away(self._leaving.values())
            many, traits = len(self._new_secrets), len(self._new_traits)
            self._file.add(self._new_secrets[:many], self._new_traits[:traits])
            del self._new_secrets[:many], self._new_traits[:traits]

    def opened(self, key: int, sealed: bytes) -> Any:
        """What was sealed for the keyholder who has this key. Raises ErasedError, LogError."""
        secret = self._file.of_key(key)
        if secret is None:
            raise ErasedError("this keyholder was erased")
        return Keyholder(secret, self._keyring).open(sealed)

    def erased_up_to(self) -> int:
        """The sequence of the last entry of the catalog whose erasure was carried out here. Raises LogError."""
        return self._file.erased_up_to()

    async def take_away(self, erasure: int, realm: int, hashes: Collection[int], first: int | None = None) -> None:
        """Takes away the keys of a realm's keyholders whose number, or a trait of whom, is one of these keyed hashes:
        as the entry `erasure` of the catalog asks, which may continue a `first` one. Afterwards nothing that was sealed
        for them can be opened; `sweep` has carried it out. Raises LogError; they are found again then.

        An event of one of them that comes from now on is that of somebody new: no later try, and nothing that continues
        this erasure, takes his key away. Whoever is found by a trait is `untold` from now on.
        """
        async with self._erasing:
            with self._keeping:
                self._begun = max(self._begun, erasure)
                self._find(erasure, realm, frozenset(hashes), first or erasure)
                self._forget()
            await in_thread(self._keep)
            with self._keeping:  # by this loop: a look-up in it may have read of him just before he left
                self._leaving = {}

    async def sweep(self, up_to: int) -> dict[int, int]:
        """Has every byte go of whose key was taken away: all erasures up to this one have been carried out then.
        Returns how many keyholders each of them has erased. Raises LogError; nothing is lost of it then.
        """
        async with self._erasing:
            return await in_thread(self._file.sweep, up_to)

    def untold(self) -> list[Untold]:
        """Whom others are still to be told of. Raises LogError."""
        return self._file.untold()

    async def mark_told(self, of: Collection[Untold]) -> None:
        """Says that others were told of these. Raises LogError."""
        await in_thread(self._file.mark_told, of)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _found(self, identity: Identity) -> Keyholder:
        keyholder = self._old.get(identity)
        if keyholder is None:
            realm, about, text = identity
            number = self._keyring.keyed_hash(realm, about, text)
            secret = self._file.of_number(realm, number)
            if secret is None or secret.key in self._leaving:
                secret = self._made(realm, number)
            keyholder = Keyholder(secret, self._keyring)
        if len(self._young) >= KEYHOLDERS_REMEMBERED_MAX // 2:
            self._old, self._young = self._young, {}
        self._young[identity] = keyholder
        return keyholder

    def _require_no_trouble(self) -> None:
        if self.trouble is not None:
            raise LogError(self.trouble)

    def _made(self, realm: int, number: int) -> Secret:
        self._require_no_trouble()
        if len(self._new_secrets) >= NEW_MAX:
            raise LogError("keys of visitors and people cannot be written")
        since = max(self._begun, self._file.erased_up_to())
        secret = Secret(secrets.randbits(_KEY_BITS), realm, number, secrets.token_bytes(_SECRET_BYTES), since)
        self._new_secrets.append(secret)
        return secret

    def _find(self, erasure: int, realm: int, hashes: frozenset[int], first: int) -> None:
        """Who is to leave: those of a realm with one of these hashes who had come before the first one had begun."""
        for secret in (*self._kept_with(realm, hashes), *self._new_with(realm, hashes)):
            if secret.since < first:
                untold = None if secret.number in hashes else Untold(first, realm, secret.number)
                self._leaving[secret.key] = Leaving(secret.key, erasure, untold)

    def _kept_with(self, realm: int, hashes: frozenset[int]) -> Iterator[Secret]:
        for each in hashes:
            yield from self._file.of_trait(realm, each)
            known = self._file.of_number(realm, each)
            if known is not None:
                yield known

    def _new_with(self, realm: int, hashes: frozenset[int]) -> Iterator[Secret]:
        keys = {new.key for new in self._new_traits if new.realm == realm and new.trait in hashes}
        for new in self._new_secrets:
            if new.key in keys or (new.realm == realm and new.number in hashes):
                keys.discard(new.key)
                yield new
        for key in keys:
            known = self._file.of_key(key)
            if known is not None:
                yield known

    def _forget(self) -> None:
        """What this edge remembers of those who are leaving, and what others do."""
        gone = self._leaving
        if not gone:
            return
        self._new_secrets[:] = [new for new in self._new_secrets if new.key not in gone]
        self._new_traits[:] = [new for new in self._new_traits if new.key not in gone]
        for remembered in (self._young, self._old):
            for identity in [identity for identity, keyholder in remembered.items() if keyholder.key in gone]:
                del remembered[identity]
        for forget in self._forgetting:
            forget()
