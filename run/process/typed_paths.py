"""Paths of what somebody typed."""

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


def typed_uuid_path(base: str, id_: str, noun: str) -> str:
    """The path below `base` of what a UUID is the id of. Raises TildeError for an id that no path can have, and says
    which command lists what there is of a noun, such as `saved-report`.
    """
    if not id_ or not id_.replace("-", "").isalnum() or not id_.isascii():
        called = noun.rpartition("-")[2]
        raise TildeError(f"{id_!r} is no {called}'s id; `tilde {noun} list` shows those that there are")
    return f"{base}/{id_}"
