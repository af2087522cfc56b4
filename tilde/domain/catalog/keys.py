"""Keys as the catalog keeps them. Secrets are hashed and sealed before a command is made (`tilde/keys/keyring.py`): a
command may stand in a log for ever.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated


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
