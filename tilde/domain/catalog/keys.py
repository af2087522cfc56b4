"""Keys as the catalog keeps them. Secrets are hashed and sealed before a command is made (`tilde/keys/keyring.py`): a
command may stand in a log for ever.
"""

import string
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from tilde.domain.texts import with_plus


class KeyKind(StrEnum):
    """What a key lets its holder do; the scopes never overlap: a write key reads nothing, a token sends no data."""

    EZKEY = "ezkey"  # StatHat EZ: post to any stat of the account
    EMAIL = "email"  # the same, under the account's e-mail address
    UKEY = "ukey"  # StatHat classic: names the account beside a stat key
    TOKEN = "token"  # noqa: S105 - reads everything of the account and manages its stats
    API_KEY = "api_key"  # StatsMix
    WHITE_LABEL_KEY = "white_label_key"  # Clicky's white label auth
    SITEKEY = "sitekey"  # Clicky stats API, read
    SITEKEY_ADMIN = "sitekey_admin"
    TRACKING_KEY = "tracking_key"  # Kissmetrics tracking


ACCOUNT_KEYS = (KeyKind.EZKEY, KeyKind.UKEY, KeyKind.TOKEN, KeyKind.API_KEY, KeyKind.WHITE_LABEL_KEY)
KEYS_OF_SITES = (KeyKind.SITEKEY, KeyKind.SITEKEY_ADMIN)
PRODUCT_KEYS = (KeyKind.SITEKEY, KeyKind.SITEKEY_ADMIN, KeyKind.TRACKING_KEY)
BROUGHT_KEY = KeyKind.TRACKING_KEY  # of a product's: the one that clients may have before it is made here
READ_ALIKE = {KeyKind.EZKEY: KeyKind.EMAIL, KeyKind.EMAIL: KeyKind.EZKEY}
"""Kinds of which a key may read like one of the other: an e-mail address is an ezkey as well. Were one account's ezkey
another's address, however spelled, posts would go to either by the spelling.
"""


class Shape(NamedTuple):
    """What a key that is made looks like: so many characters of an alphabet, then `end`."""

    length: int
    alphabet: str
    end: str = ""


_ALNUM = string.ascii_letters + string.digits
_LOWER = string.ascii_lowercase + string.digits
_HEX = "0123456789abcdef"
# What each service's users know. All but the sitekey (Clicky's 13 characters) and the API key (StatsMix's 20 digits, 80
# bits) carry at least 95 bits.
SHAPES = {
    KeyKind.EZKEY: Shape(22, _ALNUM),
    KeyKind.UKEY: Shape(27, _ALNUM, "~"),
    KeyKind.TOKEN: Shape(32, _ALNUM),
    KeyKind.API_KEY: Shape(20, _HEX),
    KeyKind.WHITE_LABEL_KEY: Shape(32, _ALNUM),
    KeyKind.SITEKEY: Shape(13, _LOWER),
    KeyKind.SITEKEY_ADMIN: Shape(39, _LOWER),
    KeyKind.TRACKING_KEY: Shape(40, _HEX),
}


def normal_email(text: str) -> str:
    """An e-mail address as it is compared: several clients send `john+a@x` un-encoded, which arrives as `john a@x`."""
    return with_plus(text.strip()).lower()


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the catalog keeps it: found by `hash`, shown again from `sealed`. Where it and one of its `twins` are
    known, as an ezkey reads like the same e-mail address, they belong to one account.
    """

    kind: KeyKind
    hash: Annotated[bytes, "Keyed hash of the key."]
    sealed: Annotated[bytes | None, "The key, encrypted; null where it is shown once."]
    twins: Annotated[
        tuple[bytes, ...],
        "Keyed hashes of keys of another kind that read like it: they may not be another account's.",
    ] = ()
