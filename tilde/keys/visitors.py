"""Visitors of sites: each has a key of his own, and what identifies him is kept sealed with it. His key is made durable
before the first event that names it; erased, it leaves nothing of him that anybody can read, in any copy of the log.

An identity is what tells a visitor from others. What he is found by in an erasure besides, an address or what his site
calls him, is a trait.
"""

import asyncio
import os
import secrets
import threading
from collections.abc import Collection
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tilde.errors import TildeError
from tilde.eventlog import LogError
from tilde.keys.keyring import Keyring
from tilde.keys.visitor_file import Secret, Trait, VisitorFile

VISITORS_REMEMBERED_MAX = 20_000  # a kilobyte each
NEW_MAX = 5_000  # that wait for the next commit: there are more only where none succeeds
TRAITS_REMEMBERED_MAX = 100  # of one visitor
_SECRET_BYTES = 32
_NONCE_BYTES = 12
_KEY_BITS = 62


class ErasedError(TildeError):
    """What is sealed cannot be opened by anybody: its visitor was erased, or has never been."""


class Identity(NamedTuple):
    """What tells a visitor from others of his site: `about` says what the text is."""

    site: int
    about: str
    text: str


class Visitor:
    """One whose key is there. `number` is the same for whoever has the identity and the master secret; `key` says which
    secret opens what is sealed here.
    """

    def __init__(self, secret: Secret, keyring: Keyring) -> None:
        self.key = secret.key
        self.site = secret.site
        self.number = secret.number
        self.traits: set[int] = set()
        self._secret = secret.secret
        self._keyring = keyring

    @cached_property
    def _cipher(self) -> AESGCM:
        return self._keyring.visitor_key(self._secret)

    def seal(self, said: Any) -> bytes:
        """What is said of him, a value of JSON, for his key alone (AES-256-GCM, a random nonce in front)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, orjson.dumps(said), None)

    def open(self, sealed: bytes) -> Any:
        """What `seal` took. Raises ErasedError."""
        try:
            return orjson.loads(self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))
        except InvalidTag:
            raise ErasedError("this was sealed with another key") from None


class Visitors:
    """Those of one edge. For its event loop, but for `keep`, which the thread of its log calls before each commit."""

    def __init__(self, file: VisitorFile, keyring: Keyring) -> None:
        self._file = file
        self._keyring = keyring
        self._young: dict[Identity, Visitor] = {}
        self._old: dict[Identity, Visitor] = {}
        self._new_secrets: list[Secret] = []
        self._new_traits: list[Trait] = []
        self._keeping = threading.Lock()
        self._erasing = asyncio.Lock()
        self._gone: frozenset[int] = frozenset()
        self.erasures = 0
        """How many there were: what is remembered of a visitor elsewhere holds until the next one."""

    def of(self, identity: Identity) -> Visitor:
        """The visitor, who gets a key here where he has none: `keep` makes it durable. Raises LogError."""
        found = self._young.get(identity)
        return self._found(identity) if found is None else found

    def note(self, visitor: Visitor, about: str, text: str) -> None:
        """A trait, by which an erasure finds him from the next `keep` on. Raises LogError."""
        trait = self._keyring.visitor_number(visitor.site, about, text)
        if trait in visitor.traits:
            return
        if len(visitor.traits) >= TRAITS_REMEMBERED_MAX:
            visitor.traits.clear()
        visitor.traits.add(trait)
        noted = Trait(visitor.site, trait, visitor.key)
        if not self._file.has(noted):
            self._new_traits.append(noted)

    def keep(self) -> None:
        """Makes what is new durable. Raises LogError; what is new then stays new."""
        if self._new_secrets or self._new_traits:
            with self._keeping:
                many, traits = len(self._new_secrets), len(self._new_traits)
                self._file.add(self._new_secrets[:many], self._new_traits[:traits])
                del self._new_secrets[:many], self._new_traits[:traits]

    def opened(self, key: int, sealed: bytes) -> Any:
        """What was sealed for the visitor who has this key. Raises ErasedError, LogError."""
        secret = self._file.of_key(key)
        if secret is None:
            raise ErasedError("this visitor was erased")
        return Visitor(secret, self._keyring).open(sealed)

    def erased_up_to(self) -> int:
        """The sequence of the last entry of the catalog whose erasure was carried out here. Raises LogError."""
        return self._file.erased_up_to()

    async def erase(self, site: int, numbers: Collection[int], up_to: int = 0) -> int:
        """Erases the visitors of a site whose number, or a trait of whom, is one of these keyed hashes: as the entry
        `up_to` of the catalog asks. Returns how many that were. Afterwards nothing that was sealed for them can be
        opened. Raises LogError.

        A hit of one of them that comes from now on is that of somebody new.
        """
        async with self._erasing:
            with self._keeping:
                gone = self._keys_of(site, set(numbers))
                self._forget(gone)
            try:
                await asyncio.to_thread(self._file.erase, gone, up_to)
            finally:
                self._gone = frozenset()
        return len(gone)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _found(self, identity: Identity) -> Visitor:
        visitor = self._old.get(identity)
        if visitor is None:
            site, about, text = identity
            number = self._keyring.visitor_number(site, about, text)
            secret = self._file.of_number(site, number)
            if secret is None or secret.key in self._gone:
                secret = self._made(site, number)
            visitor = Visitor(secret, self._keyring)
        if len(self._young) >= VISITORS_REMEMBERED_MAX // 2:
            self._old, self._young = self._young, {}
        self._young[identity] = visitor
        return visitor

    def _made(self, site: int, number: int) -> Secret:
        if len(self._new_secrets) >= NEW_MAX:
            raise LogError("visitors' keys cannot be written")
        secret = Secret(secrets.randbits(_KEY_BITS), site, number, secrets.token_bytes(_SECRET_BYTES))
        self._new_secrets.append(secret)
        return secret

    def _keys_of(self, site: int, numbers: set[int]) -> set[int]:
        keys = {new.key for new in self._new_secrets if new.site == site and new.number in numbers}
        keys |= {new.key for new in self._new_traits if new.site == site and new.trait in numbers}
        for number in numbers:
            keys |= self._file.keys_with(site, number)
            known = self._file.of_number(site, number)
            if known is not None:
                keys.add(known.key)
        return keys

    def _forget(self, gone: set[int]) -> None:
        self._gone = frozenset(gone)
        self.erasures += 1
        self._new_secrets[:] = [new for new in self._new_secrets if new.key not in gone]
        self._new_traits[:] = [new for new in self._new_traits if new.key not in gone]
        for remembered in (self._young, self._old):
            for identity in [identity for identity, visitor in remembered.items() if visitor.key in gone]:
                del remembered[identity]
