"""The log: its port. Adapters: sqlite (embedded), kafka, memory."""

from tilde.eventlog.port import (
    Append,
    CorruptError,
    LogError,
    LogReader,
    LogWriter,
    OffsetOutOfRangeError,
    Record,
)

__all__ = ["Append", "CorruptError", "LogError", "LogReader", "LogWriter", "OffsetOutOfRangeError", "Record"]
