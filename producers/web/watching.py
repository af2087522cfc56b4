"""How the watchers of this data folder are, by what their process leaves there."""

from collections.abc import Mapping
from pathlib import Path

from tilde.runtime.clock import Clock
from tilde.runtime.heartbeat import figures_of, trouble_of


class Watching:
    """Reads the heartbeat of the watchers."""

    def __init__(self, heartbeat: Path, clock: Clock) -> None:
        self._heartbeat = heartbeat
        self._clock = clock

    def health(self) -> str:
        """`ok`, or what is wrong with the watchers."""
        return trouble_of(self._heartbeat, self._clock.now_ms()) or "ok"

    def figures(self) -> Mapping[str, int]:
        """What the watchers counted last, by name."""
        return figures_of(self._heartbeat)
