"""The log: its port. Adapters: sqlite (embedded), kafka, memory."""

from tilde.eventlog.port import (
    Append,
    CorruptError,
    DiskFullError,
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
    "LogError",
    "LogReader",
    "LogWriter",
    "OffsetOutOfRangeError",
    "Record",
]
