"""The watchers of this release. While there is none nothing of this stage is started, opened or read."""

from watchers.contract import Watcher


def watchers() -> list[Watcher]:
    """A fresh instance of every watcher."""
    return []
