"""A word from a process without a port, for its health check: a small file, written anew every second."""

import json
from pathlib import Path

STALE_MS = 5_000


def write_heartbeat(path: Path, now_ms: int, trouble: str | None) -> None:
    """Replaces the file; a reader sees the old one or the new one."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"at_ms": now_ms, "trouble": trouble}))
    unfinished.rename(path)


def trouble_of(path: Path, now_ms: int) -> str | None:
    """What is wrong with the process that writes the file; None where nothing is."""
    try:
        beat = json.loads(path.read_text())
    except FileNotFoundError:
        return "it has not started"
    if now_ms - beat["at_ms"] > STALE_MS:
        return "it has not been heard of for more than 5 seconds"
    return None if beat["trouble"] is None else str(beat["trouble"])
