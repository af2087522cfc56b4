"""A word from a process without a port, for its health check: a small file, written anew every second."""

import contextlib
import json
from pathlib import Path

BEAT_S = 1.0
STALE_MS = 5_000


def write_heartbeat(path: Path, now_ms: int, trouble: str | None) -> None:
    """Replaces the file; a reader sees the old one or the new one. `trouble`: what keeps the role from its work.

    Where it cannot be written the old one stays, and says so by its age; nothing is raised.
    """
    unfinished = path.with_suffix(".new")
    try:
        unfinished.write_text(json.dumps({"at_ms": now_ms, "trouble": trouble}))
        unfinished.rename(path)
    except OSError:
        # A full disk must not end a role whose work goes to Kafka and the store: the health check sees the old beat.
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def trouble_of(path: Path, now_ms: int) -> str | None:
    """What is wrong with the process that writes the file; None where nothing is."""
    try:
        beat = json.loads(path.read_text())
    except FileNotFoundError:
        return "it does not run"
    if now_ms - beat["at_ms"] > STALE_MS:
        return f"it has not been heard of for more than {STALE_MS // 1000} seconds"
    return None if beat["trouble"] is None else str(beat["trouble"])
