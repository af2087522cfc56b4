"""What the catalog knows of users of white labels, and how they may be named."""

from dataclasses import dataclass
from typing import Annotated
from unicodedata import category, normalize

USER_NAME_MAX = 64

_UNSEEN = {"Cc", "Cf", "Cs"}  # control characters, what nobody sees, halves of surrogate pairs


def is_user_name(text: str) -> bool:
    """Whether a user may be named so: 1 to 64 characters, no white space, nothing that nobody sees."""
    if not 0 < len(text) <= USER_NAME_MAX:
        return False
    return not any(character.isspace() or category(character) in _UNSEEN for character in text)


def normal_user_name(text: str) -> str:
    """A user's name as it is compared: without its case, and however its accents were typed."""
    return normalize("NFC", normalize("NFC", text).casefold())


@dataclass(frozen=True, slots=True)
class UserDetails:
    """What is said of a user."""

    name_hash: Annotated[bytes, "Keyed hash of the name without its case."]
    name: Annotated[bytes, "Sealed."]
    email_hash: Annotated[bytes | None, "Keyed hash of white label and address."]
    email: Annotated[bytes | None, "Sealed."]
    real_name: Annotated[bytes | None, "Sealed."]
    password: Annotated[bytes | None, "Argon2id in its usual spelling, sealed; null: there is none."]
    logo: str
    css: str
    has_onsite_stats: bool


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may see sites of a white label. What names a person is sealed, and found by a keyed hash."""

    id: int
    account: int
    created_ms: int
    details: UserDetails
