"""The log: its port. Adapters: sqlite (embedded) and kafka; tests have one in memory (`testkit/memory_log.py`)."""

from tilde.eventlog.port import (
    Append,
    CorruptError,
    DiskFullError,
    FencedError,
    LogError,
    LogReader,
    LogWriter,
    OffsetOutOfRangeError,
    Record,
)

__all__ = [
    "Append",
    "CorruptError",
    "DiskFullError",
    "FencedError",
    "LogError",
    "LogReader",
    "LogWriter",
    "OffsetOutOfRangeError",
    "Record",
]
