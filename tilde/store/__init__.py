"""The store: its port. Adapter: clickhouse (chDB in the process, or a ClickHouse server)."""

from tilde.store.port import (
    BlockRefusedError,
    Parameters,
    Purpose,
    QueryLimitError,
    QueryRefusedError,
    Row,
    Store,
    StoreError,
    StoreReader,
)

__all__ = [
    "BlockRefusedError",
    "Parameters",
    "Purpose",
    "QueryLimitError",
    "QueryRefusedError",
    "Row",
    "Store",
    "StoreError",
    "StoreReader",
]
