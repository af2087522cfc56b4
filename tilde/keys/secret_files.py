"""The two secrets of an installation, each in a file of the data folder that is made on first use, or in the
environment: the master secret, `key` or TILDE_KEY, and the operator token, `operator_token` or TILDE_OPERATOR_TOKEN.
"""

import contextlib
import os
import secrets
from pathlib import Path

from tilde.data_folder import sync_folder
from tilde.domain.texts import trimmed
from tilde.keys.keyring import MASTER_BYTES, KeyFileError
from tilde.runtime.machine import cure_of


def load_master(path: Path, from_environment: str | None) -> bytes:
    """The master secret: from the environment (64 hex digits), else from the file, which is made on first use.

    Raises KeyFileError.
    """
    if from_environment:
        text = trimmed(from_environment)
    else:
        _make_file(path)
        text = trimmed(path.read_text("utf-8", "replace"))  # an editor may have begun it with a byte order mark
    try:
        master = bytes.fromhex(text)
    except ValueError:
        master = b""
    if len(master) != MASTER_BYTES:
        source = "TILDE_KEY" if from_environment else path.name
        raise KeyFileError(f"{source} must hold {2 * MASTER_BYTES} hex digits (make one: openssl rand -hex 32)")
    return master


def load_operator_token(path: Path, from_environment: str | None) -> str:
    """The operator token: from the environment, else from the file, which is made on first use. Raises KeyFileError."""
    if from_environment and (token := trimmed(from_environment)):
        return token
    _make_file(path)
    token = trimmed(path.read_text("utf-8", "replace"))
    if not token:
        raise KeyFileError(f"{path.name} is empty: remove it and a new one is made")
    if not (token.isascii() and token.isprintable()):
        raise KeyFileError(f"{path.name} has a character that no header can have: remove it and a new one is made")
    return token


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
