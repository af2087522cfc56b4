"""Points as a Parquet file, written while they are read. Apart from `export.py`, since to import Arrow takes half a
second, and most who run Tilde never ask for a Parquet file.
"""

from io import RawIOBase
from types import TracebackType
from typing import Any, Self

import pyarrow as pa  # type: ignore[import-untyped] # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

_UTC_MS = pa.timestamp("ms", "UTC")
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("time", _UTC_MS),
        ("number", pa.float64()),
        ("received_at", _UTC_MS),
    ]
)


class ParquetPages:
    """Makes the bytes of one file of pages in ClickHouse's ArrowStream: a row group a page. The file ends with the
    block.
    """

    def __init__(self) -> None:
        self._sink = _Appended()
        self._writer = pq.ParquetWriter(self._sink, _SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.close()

    def take(self, page: bytes) -> bytes:
        """What a page adds to the file."""
        self._writer.write_table(pa.ipc.open_stream(page).read_all().cast(_SCHEMA))
        return self._sink.take()

    def rest(self) -> bytes:
        """The end of the file, once the block is left."""
        return self._sink.take()


class _Appended(RawIOBase):
    """A file that is only ever appended to, and keeps nothing that was taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def take(self) -> bytes:
        """What was written since the last call."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)
