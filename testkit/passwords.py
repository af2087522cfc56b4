"""What was kept of a password, held against it: Tilde keeps passwords and asks nobody for them, so tests alone look."""

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


def is_password(password: str, kept: str) -> bool:
    """Whether it is the one of which this was kept. As slow as to keep it."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except InvalidKey:
        return False
    return True
