"""The port of the store. Its adapter is `clickhouse`, over chDB in the process or over a ClickHouse server."""

from tilde.store.port import (
    BlockRefusedError,
    NoTableError,
    Purpose,
    QueryLimitError,
    QueryRefusedError,
    Row,
    SqlParameters,
    Store,
    StoreBusyError,
    StoreError,
    StoreReader,
)

__all__ = [
    "BlockRefusedError",
    "NoTableError",
    "Purpose",
    "QueryLimitError",
    "QueryRefusedError",
    "Row",
    "SqlParameters",
    "Store",
    "StoreBusyError",
    "StoreError",
    "StoreReader",
]
