"""Passwords: stretched with Argon2id, so that who reads a log has to guess each of them for itself."""

import os

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB = 19_456  # with two passes, 20 to 40 ms of one core
_PASSES = 2
_LANES = 1
_SALT_BYTES = 16
_HASH_BYTES = 32


def stretched(password: str) -> str:
    """What is kept of a password, in the usual spelling: `$argon2id$v=19$m=..`. Slow, and lets other threads run."""
    argon2 = Argon2id(
        salt=os.urandom(_SALT_BYTES), length=_HASH_BYTES, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB
    )
    return argon2.derive_phc_encoded(password.encode("utf-8", "surrogatepass"))
