"""The watchers of this release. Where there is none nothing of this stage is started, opened or read."""

from collections.abc import Callable

from watchers.contract import Watcher
from watchers.mail.new_stats import NewStats
from watchers.mail.reports import Reports
from watchers.parts import Parts

Make = Callable[[Parts], Watcher]
"""Makes a watcher; its class, where that takes the parts."""

WATCHERS: tuple[Make, ...] = (NewStats, Reports)


def watchers(parts: Parts) -> list[Watcher]:
    """A fresh instance of every watcher."""
    return [make(parts) for make in WATCHERS]
