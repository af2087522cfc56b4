"""What a streams worker says of itself, for a health check: a small file, written anew every second."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

STALE_MS = 5000


@dataclass(frozen=True, slots=True)
class Status:
    """`lag` counts raw messages that are not folded yet; None while it is not known. `decides`: runs the decider."""

    at_ms: int
    pid: int
    generation: int
    is_ready: bool
    lag: int | None
    lanes: int
    decides: bool

    def is_fresh(self, now_ms: int) -> bool:
        """Whether the worker was alive a moment ago."""
        return now_ms - self.at_ms <= STALE_MS


def status_path(data_dir: Path) -> Path:
    """Where a worker with this data folder leaves its status."""
    return data_dir / "streams.status"


def write_status(path: Path, status: Status) -> None:
    """Replaces the file; a reader sees the old one or the new one."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(status)))
    unfinished.rename(path)


def read_status(path: Path) -> Status | None:
    """The last status; None where no worker has run."""
    try:
        return Status(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
