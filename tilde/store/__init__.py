"""The store: its port. Adapter: clickhouse (chDB in the process, or a ClickHouse server)."""

from tilde.store.port import (
    BlockRefusedError,
    NoTableError,
    Parameters,
    Purpose,
    QueryLimitError,
    QueryRefusedError,
    Row,
    Store,
    StoreBusyError,
    StoreError,
    StoreReader,
)

__all__ = [
    "BlockRefusedError",
    "NoTableError",
    "Parameters",
    "Purpose",
    "QueryLimitError",
    "QueryRefusedError",
    "Row",
    "Store",
    "StoreBusyError",
    "StoreError",
    "StoreReader",
]
