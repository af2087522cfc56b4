"""A Clock for tests, which move it by hand."""


class FixedClock:
    """Stands until it is advanced."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_s(self) -> float:
        return self._now_ms / 1000

    def advance(self, ms: int) -> None:
        """Lets `ms` milliseconds pass."""
        self._now_ms += ms
