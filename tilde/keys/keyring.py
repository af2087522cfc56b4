"""Keys: made, hashed for look-up, sealed to be shown again, and derived. All from one master secret of 32 bytes.

The secret stands in the data folder's `key` file or in TILDE_KEY, never in a log, a topic or a table. Without it the
keyed hashes and the sealed keys of a catalog are of no use to anybody.
"""

import base64
import contextlib
import hmac
import os
import secrets
import string
from collections.abc import Callable
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tilde.data_folder import sync_folder
from tilde.domain.catalog.keys import KeyKind, StoredKey
from tilde.domain.catalog.state import Catalog
from tilde.domain.stats.metrics import Kind
from tilde.errors import TildeError
from tilde.runtime.machine import cure_of

MASTER_BYTES = 32
_NONCE_BYTES = 12
_HASH_BYTES = 16
_SIGNATURE_BYTES = 12
_ALNUM = string.ascii_letters + string.digits


class KeyFileError(TildeError):
    """The master secret is missing or no secret."""


def load_master(path: Path, from_environment: str | None) -> bytes:
    """The master secret: from the environment (64 hex digits), else from the file, which is made on first use.

    Raises KeyFileError.
    """
    if from_environment:
        text = from_environment
    else:
        _make_file(path)
        text = path.read_text(errors="replace").strip()
    try:
        master = bytes.fromhex(text)
    except ValueError:
        master = b""
    if len(master) != MASTER_BYTES:
        source = "TILDE_KEY" if from_environment else path.name
        raise KeyFileError(f"{source} must hold {2 * MASTER_BYTES} hex digits (make one: openssl rand -hex 32)")
    return master


def _make_file(path: Path) -> None:
    """A random secret where there is none: the whole file or none, and there after a power cut."""
    if path.exists():
        return
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(MASTER_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first
            os.link(unfinished, path)
        unfinished.unlink()
        sync_folder(path.parent)
    except OSError as cause:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise KeyFileError(f"{path.absolute()} cannot be made: {cause.strerror}{cure_of(cause)}") from None


def _random(length: int, alphabet: str = _ALNUM) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


# The shapes that each service's users know; all but the sitekey (Clicky's 13 characters) carry at least 95 bits.
_SHAPES: dict[KeyKind, Callable[[], str]] = {
    KeyKind.EZKEY: lambda: _random(22),
    KeyKind.UKEY: lambda: _random(27) + "~",
    KeyKind.TOKEN: lambda: _random(32),
    KeyKind.API_KEY: lambda: secrets.token_hex(16),
    KeyKind.WHITE_LABEL_KEY: lambda: _random(32),
    KeyKind.SITEKEY: lambda: _random(13, string.ascii_lowercase + string.digits),
    KeyKind.SITEKEY_ADMIN: lambda: _random(39, string.ascii_lowercase + string.digits),
    KeyKind.TRACKING_KEY: lambda: secrets.token_hex(20),
}


def make_key(kind: KeyKind) -> str:
    """A new random key in the shape of its kind."""
    return _SHAPES[kind]()


def normal_email(text: str) -> str:
    """An e-mail address as it is compared: several clients send `john+a@x` un-encoded, which arrives as `john a@x`."""
    return text.strip().replace(" ", "+").lower()


class Keyring:
    """Everything that needs the master secret."""

    def __init__(self, master: bytes) -> None:
        def derived(purpose: str) -> bytes:
            return blake2b(purpose.encode(), key=master, digest_size=32).digest()

        self._look_up = derived("look-up")
        self._signing = derived("stat key")
        self._aead = AESGCM(derived("seal"))

    def hash(self, kind: KeyKind, key: str) -> bytes:
        """The keyed hash a key is found by. Look-ups by it tell nothing of how nearly a guess was right."""
        text = normal_email(key) if kind is KeyKind.EMAIL else key
        return blake2b(
            f"{kind}\0{text}".encode("utf-8", "surrogatepass"), key=self._look_up, digest_size=_HASH_BYTES
        ).digest()

    def store(self, kind: KeyKind, key: str) -> StoredKey:
        """A key as the catalog keeps it. Access tokens are shown once, so they are not sealed."""
        sealed = None if kind is KeyKind.TOKEN else self.seal(key)
        return StoredKey(kind, self.hash(kind, key), sealed, self._twins(kind, key))

    def _twins(self, kind: KeyKind, key: str) -> tuple[bytes, ...]:
        """An e-mail address is an ezkey as well: were one account's ezkey another's address, however spelled, posts
        would go to either by the spelling. An ezkey that an older release stored has no twins, so an address has the
        likely ones.
        """
        if kind is KeyKind.EZKEY and "@" in key:
            return (self.hash(KeyKind.EMAIL, key),)
        if kind is KeyKind.EMAIL:
            spellings = dict.fromkeys((key, key.strip(), normal_email(key)))
            return tuple(self.hash(KeyKind.EZKEY, spelling) for spelling in spellings)
        return ()

    def seal(self, text: str) -> bytes:
        """Encrypted and authenticated (AES-256-GCM, random nonce in front)."""
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
        sealed = (key.sealed for account in catalog.accounts.values() for key in account.keys.values() if key.sealed)
        for first in islice(sealed, 1):
            self.open(first)

    def stat_key(self, product: int, kind: Kind, metric: int) -> str:
        """The classic key of a stat: its identity and a signature, so a post by key needs no look-up."""
        identity = product.to_bytes(4, "big") + (metric << 1 | (kind is Kind.VALUE)).to_bytes(7, "big")
        return _base64(identity + self._sign(identity))

    def read_stat_key(self, key: str) -> tuple[int, Kind, int] | None:
        """(product, kind, metric) of a stat key of ours; None for anything else."""
        try:
            data = base64.urlsafe_b64decode(key.encode("ascii") + b"=" * (-len(key) % 4))
        except ValueError:
            return None
        identity, signature = data[:11], data[11:]
        if not hmac.compare_digest(signature, self._sign(identity)):
            return None
        if _base64(data) != key:
            return None  # decoding passes over foreign characters and spare bits: a key has one spelling
        number = int.from_bytes(identity[4:], "big")
        return int.from_bytes(identity[:4], "big"), Kind.VALUE if number & 1 else Kind.COUNTER, number >> 1

    def _sign(self, identity: bytes) -> bytes:
        return blake2b(identity, key=self._signing, digest_size=_SIGNATURE_BYTES).digest()

    def embed_key(self, product: int, metric: int) -> str:
        """The key that shows one private stat in a page, and nothing else."""
        digest = blake2b(b"embed %d %d" % (product, metric), key=self._signing, digest_size=9).digest()
        return base64.urlsafe_b64encode(digest).decode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def load_operator_token(path: Path, from_environment: str | None) -> str:
    """The operator token: from the environment, else from the file, which is made on first use. Raises KeyFileError."""
    if from_environment and from_environment.strip():
        return from_environment.strip()
    _make_file(path)
    token = path.read_text(errors="replace").strip()
    if not token:
        raise KeyFileError(f"{path.name} is empty: remove it and a new one is made")
    if not (token.isascii() and token.isprintable()):
        raise KeyFileError(f"{path.name} has a character that no header can have: remove it and a new one is made")
    return token
