"""Keys: made, hashed for look-up, sealed to be shown again, and derived. All from one master secret of 32 bytes.

The secret (`secret_files.py`) is never in a log, a topic or a table. Without it the keyed hashes and the sealed keys of
a catalog are of no use to anybody.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import chain, islice

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tilde.domain.catalog.keys import READ_ALIKE, SHAPES, KeyKind, StoredKey, normal_email
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.user_records import normal_user_name
from tilde.domain.stats.metrics import Kind
from tilde.errors import TildeError

MASTER_BYTES = 32
_NONCE_BYTES = 12
_HASH_BYTES = 16
_SIGNATURE_BYTES = 12
_LINK_BYTES = 16
_PUBLIC_SIZES = (4, 7, 5)  # of product, metric and entry in a public id


class KeyFileError(TildeError):
    """The master secret is missing or no secret."""


def make_key(kind: KeyKind) -> str:
    """A new random key in the shape of its kind."""
    shape = SHAPES[kind]
    return "".join(secrets.choice(shape.alphabet) for _ in range(shape.length)) + shape.end


class Keyring:
    """Everything that needs the master secret."""

    def __init__(self, master: bytes) -> None:
        def derived(purpose: str) -> bytes:
            return blake2b(purpose.encode(), key=master, digest_size=32).digest()

        self._look_up = derived("look-up")
        self._signing = derived("stat key")
        self._mailing = derived("mail")
        self._of_keyholders = derived("visitors")
        self._opening = derived("opening")
        self._aead = AESGCM(derived("seal"))

    def hash(self, kind: KeyKind, key: str) -> bytes:
        """The keyed hash a key is found by. Look-ups by it tell nothing of how nearly a guess was right."""
        text = normal_email(key) if kind is KeyKind.EMAIL else key
        return self._hash_of(kind, text)

    def hash_user_name(self, name: str) -> bytes:
        """The keyed hash that a user of a white label is found by, in whichever case his name is written."""
        return self._hash_of("user name", normal_user_name(name))

    def hash_user_email(self, account: int, email: str) -> bytes:
        """The one that he is found by in his white label: other ones do not learn that it is the same address."""
        return self._hash_of(f"user email of {account}", normal_email(email))

    def _hash_of(self, what: str, text: str) -> bytes:
        content = f"{what}\0{text}".encode("utf-8", "surrogatepass")
        return blake2b(content, key=self._look_up, digest_size=_HASH_BYTES).digest()

    def store(self, kind: KeyKind, key: str) -> StoredKey:
        """A key as the catalog keeps it. Access tokens are shown once, so they are not sealed."""
        sealed = None if kind is KeyKind.TOKEN else self.seal(key)
        return StoredKey(kind, self.hash(kind, key), sealed, self._twins_of(kind, key))

    def _twins_of(self, kind: KeyKind, key: str) -> tuple[bytes, ...]:
        """Hashes of keys of another kind that read like this one. A key that an older release stored has no twins, so
        an e-mail address has the likely spellings.
        """
        other = READ_ALIKE.get(kind)
        if other is None or (kind is not KeyKind.EMAIL and "@" not in key):
            return ()
        spellings = (key, key.strip(), normal_email(key)) if kind is KeyKind.EMAIL else (key,)
        return tuple(self.hash(other, spelling) for spelling in dict.fromkeys(spellings))

    def seal(self, text: str) -> bytes:
        """A text encrypted and authenticated (AES-256-GCM, random nonce in front)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        """What `seal` took. Raises KeyFileError where another master secret sealed it."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
        except InvalidTag:
            raise KeyFileError(
                "a key in the catalog was sealed with another master secret: file `key`, or TILDE_KEY, is not the log's"
            ) from None

    def require_ours(self, catalog: Catalog) -> None:
        """Looks at one key of a catalog. Raises KeyFileError where another master secret sealed it: nobody's key would
        be known.
        """
        of_accounts = (key for account in catalog.accounts.values() for key in account.keys.values())
        of_products = (key for product in catalog.products.values() for key in product.keys.values())
        sealed = (key.sealed for key in chain(of_accounts, of_products) if key.sealed)
        for first in islice(sealed, 1):
            self.open(first)

    def stat_key(self, product: int, kind: Kind, metric: int) -> str:
        """The key of a stat: its identity and a signature, so a post by key needs no look-up."""
        identity = product.to_bytes(4, "big") + (metric << 1 | (kind is Kind.VALUE)).to_bytes(7, "big")
        return _base64(identity + self._sign(identity))

    def read_stat_key(self, key: str) -> tuple[int, Kind, int] | None:
        """(product, kind, metric) of a stat key of ours; None for anything else."""
        data = _decoded(key)
        identity, signature = data[:11], data[11:]
        if not hmac.compare_digest(signature, self._sign(identity)):
            return None
        if _base64(data) != key:
            return None  # decoding passes over foreign characters and spare bits: a key has one spelling
        number = int.from_bytes(identity[4:], "big")
        return int.from_bytes(identity[:4], "big"), Kind.VALUE if number & 1 else Kind.COUNTER, number >> 1

    def public_id(self, product: int, metric: int, since: int) -> str:
        """What shows a stat that is shared to whoever has it: its identity, the entry that shared it, and a signature.
        So it is looked up nowhere, and ends when the sharing does.
        """
        identity = b"".join(
            number.to_bytes(size, "big") for number, size in zip((product, metric, since), _PUBLIC_SIZES, strict=True)
        )
        return _base64(identity + self._sign(b"public" + identity))

    def read_public_id(self, text: str) -> tuple[int, int, int] | None:
        """(product, metric, since) of a public id of ours; None for anything else. It holds while the catalog says that
        the stat is shared since that entry.
        """
        data = _decoded(text)
        identity, signature = data[: sum(_PUBLIC_SIZES)], data[sum(_PUBLIC_SIZES) :]
        if not hmac.compare_digest(signature, self._sign(b"public" + identity)) or _base64(data) != text:
            return None
        product, metric = identity[:4], identity[4:11]
        return int.from_bytes(product, "big"), int.from_bytes(metric, "big"), int.from_bytes(identity[11:], "big")

    def _sign(self, identity: bytes) -> bytes:
        return blake2b(identity, key=self._signing, digest_size=_SIGNATURE_BYTES).digest()

    def keyed_hash(self, realm: int, about: str, text: str) -> int:
        """63 bits for a text about somebody, in the realm of a site or of a product: `about` says what the text is. It
        tells nothing of the text, and nothing to another realm. That of an identity is its keyholder's number.
        """
        said = f"{realm}\0{about}\0{text}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(said, key=self._of_keyholders, digest_size=8).digest(), "big") >> 1

    def keyholder_key(self, secret: bytes) -> AESGCM:
        """The key of the keyholder who has this secret: neither it nor the master secret opens anything alone."""
        return AESGCM(blake2b(secret, key=self._of_keyholders, digest_size=32, person=b"key").digest())

    @property
    def opening_token(self) -> str:
        """The token by which a query API shows an edge that it has the same master secret."""
        return self._opening.hex()

    def letter_mark(self, id_: str) -> str:
        """A short mark that makes the id of a letter one of this installation alone."""
        return blake2b(id_.encode(), key=self._mailing, digest_size=6).hexdigest()

    def signed(self, content: bytes) -> str:
        """The content of a link in a letter, signed."""
        return _base64(content + self._sign_link(content))

    def read_signed(self, text: str) -> bytes | None:
        """What `signed` took; None for anything else."""
        data = _decoded(text)
        content, signature = data[:-_LINK_BYTES], data[-_LINK_BYTES:]
        if not hmac.compare_digest(signature, self._sign_link(content)) or _base64(data) != text:
            return None
        return content

    def _sign_link(self, content: bytes) -> bytes:
        return blake2b(content, key=self._mailing, digest_size=_LINK_BYTES, person=b"link").digest()

    def embed_key(self, product: int, metric: int) -> str:
        """The key that shows one private stat in a page, and nothing else."""
        digest = blake2b(b"embed %d %d" % (product, metric), key=self._signing, digest_size=9).digest()
        return base64.urlsafe_b64encode(digest).decode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """What `_base64` took; nothing where it cannot have."""
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""


def key_of(keyring: Keyring, key: StoredKey | None) -> str | None:
    """A key in the clear; None where there is none, or it was shown when it was made, and never again."""
    return keyring.open(key.sealed) if key is not None and key.sealed is not None else None


def keys_of(keyring: Keyring, keys: Mapping[KeyKind, StoredKey], kinds: Iterable[KeyKind]) -> dict[str, str | None]:
    """Those of some kinds, as `key_of` has each, by the kind's name."""
    return {kind.value: key_of(keyring, keys.get(kind)) for kind in kinds}
