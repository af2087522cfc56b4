"""A word from a process without a port, for its health check: a small file, written anew every second."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

BEAT_S = 1.0
STALE_MS = 5_000
NO_FIGURES: Mapping[str, int] = MappingProxyType({})


def write_heartbeat(path: Path, now_ms: int, trouble: str | None, figures: Mapping[str, int] = NO_FIGURES) -> None:
    """Replaces the file; a reader sees the old one or the new one. `trouble`: what keeps the role from its work;
    `figures`: what it counts, by name.

    Where it cannot be written the old one stays, and says so by its age; nothing is raised.
    """
    unfinished = path.with_suffix(".new")
    try:
        unfinished.write_text(json.dumps({"at_ms": now_ms, "trouble": trouble, "figures": dict(figures)}), "utf-8")
        unfinished.rename(path)
    except OSError:
        # A full disk must not end a role whose work goes to Kafka and the store: the health check sees the old beat.
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def trouble_of(path: Path, now_ms: int) -> str | None:
    """What is wrong with the process that writes the file; None where nothing is."""
    beat = _beat(path)
    if beat is None:
        return "it does not run"
    if now_ms - beat["at_ms"] > STALE_MS:
        return f"it has not been heard of for more than {STALE_MS // 1000} seconds"
    return None if beat["trouble"] is None else str(beat["trouble"])


def figures_of(path: Path) -> Mapping[str, int]:
    """What it counted last; nothing where it never ran."""
    beat = _beat(path)
    return NO_FIGURES if beat is None else beat.get("figures", NO_FIGURES)


def _beat(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
