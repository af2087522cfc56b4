"""Takes statements that operators write, and runs each in a process of its own, a few at once.

A process can be ended at any moment, whatever it does: so a statement ends with who asked for it, and in its time,
whatever its rows cost. See docs/decisions/0016-operators-sql.md.
"""

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from tilde.store.port import QueryLimitError, StoreBusyError, StoreError
from tilde.store.profiles import MIB, SQL, SQL_ANSWER_BYTES_MAX, SQL_DATA_BYTES_MAX, SQL_S, SQL_WAITING_S
from tilde.store.sql_process import ENDED, FAILED, GONE, HEADER, PIECE_BYTES

AT_ONCE = 2  # as many as there are cores on a small machine
# -P: a `json.py` where we were started is not ours.
_RUN = [sys.executable, "-P", "-m", "tilde.store.sql_process"]


class _DiedError(QueryLimitError):
    """The process has died by itself. What an engine dies of as a rule is that it gets no more memory."""


class _GoneError(StoreError):
    """What the statement was to be run over was merged into something else before it could begin."""


class SqlRunner:
    """Runs operators' statements. `target` says over what a statement runs, asked anew for each; `fails` makes an
    exception of a failure.
    """

    def __init__(
        self, target: Callable[[], Awaitable[dict[str, Any]]], fails: Callable[[int | None, str], Exception]
    ) -> None:
        self._target = target
        self._fails = fails
        self._free = asyncio.Semaphore(AT_ONCE)

    async def answer(self, sql: str, format_: str, database: str) -> AsyncGenerator[bytes]:
        """The answer piece by piece. Closing the iterator ends the statement. Raises as StoreReader.answer.

        A process that dies before it has said anything is begun once more, over what there is then: an engine may not
        survive that a part of a table goes while it opens it, or notices that it has gone. One that needs too much
        memory dies again.
        """
        for is_last in (False, True):
            is_told = False
            try:
                async with contextlib.aclosing(self._answer_once(sql, format_, database)) as pieces:
                    async for piece in pieces:
                        is_told = True
                        yield piece
            except (_DiedError, _GoneError):
                if is_told or is_last:
                    raise
            else:
                return

    async def _answer_once(self, sql: str, format_: str, database: str) -> AsyncGenerator[bytes]:
        try:
            async with asyncio.timeout(SQL_WAITING_S):
                await self._free.acquire()
        except TimeoutError:
            raise StoreBusyError(
                f"busy: {AT_ONCE} statements run, and none has ended within {SQL_WAITING_S} s; try again soon"
            ) from None
        job: dict[str, Any] = {"sql": sql, "format": format_, "database": database, "settings": dict(SQL)}
        with contextlib.ExitStack() as stack:
            try:
                job |= {"data_bytes_max": SQL_DATA_BYTES_MAX, **await self._target()}
                if within := job.pop("within", None):
                    job["folder"] = stack.enter_context(_new_folder(within))
                process = await _start(job)
            except BaseException:
                self._free.release()
                raise
            process.ended.add_done_callback(lambda _: self._free.release())  # also where nobody takes the answer
            try:
                async for kind, content in process.frames():
                    if kind == GONE:
                        raise _GoneError("a part of a table went before the statement could read it; try again")
                    if kind == FAILED:
                        failure = json.loads(content)
                        raise self._fails(failure["code"], failure["text"])
                    yield content
            finally:
                await process.end()


@contextlib.contextmanager
def _new_folder(within: str) -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="sql-", dir=within)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _start(job: dict[str, Any]) -> "_Process":
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *_RUN, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise StoreError(f"a process for the statement cannot be started: {error}") from error
    assert process.stdin is not None
    process.stdin.write(json.dumps(job).encode() + b"\n")
    return _Process(process)


class _Process:
    """The process of one statement. It has SQL_S, and is ended then also where nobody waits for it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        loop = asyncio.get_running_loop()
        self._process = process
        self._ends_at = loop.time() + SQL_S
        self._alarm = loop.call_at(self._ends_at, self._kill)
        self.ended = asyncio.ensure_future(process.wait())

    async def frames(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """What it says, but for the end. Raises QueryLimitError."""
        total = 0
        while True:
            kind, content = await self._frame()
            if kind == ENDED:
                return
            total += len(content)
            if total > SQL_ANSWER_BYTES_MAX:
                raise QueryLimitError(f"the answer is larger than {SQL_ANSWER_BYTES_MAX // MIB} MiB")
            yield kind, content

    async def _frame(self) -> tuple[bytes, bytes]:
        output = self._process.stdout
        assert output is not None
        try:
            kind, length = HEADER.unpack(await output.readexactly(HEADER.size))
            return kind, await output.readexactly(length)
        except asyncio.IncompleteReadError:
            if asyncio.get_running_loop().time() >= self._ends_at:
                raise QueryLimitError(f"the statement took more than {SQL_S} s") from None
            raise _DiedError("the statement was ended: it took more memory than it may") from None

    async def end(self) -> None:
        """Ends it, whatever it does."""
        self._alarm.cancel()
        self._kill()
        await asyncio.shield(self._rest())

    async def _rest(self) -> None:
        """Both pipes are closed behind it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        while await self._process.stdout.read(PIECE_BYTES):
            pass
        await self.ended

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
