"""Paths below an account, of what somebody typed."""

from tilde import own_paths
from tilde.errors import TildeError


def typed_account_path(name: str, *rest: str) -> str:
    """The path of an account, or of something below it. Raises TildeError for a name or an id that no path can have."""
    if "" in (name, *rest):
        raise TildeError("a name or an id is empty")
    for part in (name, *rest):
        if "/" in part or part in (".", ".."):
            raise TildeError(f"{part!r} is no account's name and no id: none has a / in it, or is . or ..")
    return own_paths.account_path(name, *rest)
