"""How a server is stopped: by who runs it and by nobody else, and with an answer to everybody who waits."""

import asyncio
import os
import signal
import socket
import ssl
import stat
from contextlib import suppress
from functools import partial

import httpx
import pytest
import uvicorn
import uvloop

from api.web.server import serve_on_socket
from producers.web.app import EdgeApp
from producers.web.connection import HEAD_S
from testkit.certificates import write_certificate
from testkit.waiting import until_it_holds
from tilde.runtime.descriptors import Descriptors
from tilde.web import serving
from tilde.web.serving import Door, Server, answered

PATIENCE_S = 25  # less than the edge gives a body, or an answer that stands: it would end a wait by itself
STOPPING = {"detail": "this server is stopping; try again soon"}


def a_socket() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


async def answers_at_the_end(app, paths, *, stop_s=1):
    """Asks all paths, and stops the server while they wait; returns (status, JSON) of each."""
    listening = a_socket()
    config = uvicorn.Config(
        app, interface="asgi3", lifespan="off", log_level="warning", timeout_graceful_shutdown=stop_s
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve_until_cancelled([Door(listening)]))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=20) as client:
        asking = [asyncio.create_task(client.get(path)) for path in paths]
        await until_it_holds(lambda: len(server.server_state.tasks) >= len(paths), patience_s=PATIENCE_S)
        serving.cancel()
        answers = await asyncio.gather(*asking)
    with pytest.raises(asyncio.CancelledError):
        await serving
    return [(answer.status_code, answer.json()) for answer in answers]


async def soon_and_never(scope, receive, send):
    """/soon answers after a moment, all else never does."""
    await asyncio.sleep(0.3 if scope["path"] == "/soon" else 3600)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'"done"'})


async def test_who_waits_is_answered_and_nothing_is_logged_as_a_bug(caplog):
    answers = await answers_at_the_end(partial(answered, soon_and_never), ["/soon", "/never"])

    assert answers == [(200, "done"), (503, STOPPING)]
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_the_edges_declared_calls_are_answered_too(caplog):
    """Those in a lane: tests/integration/test_lane_over_sockets.py."""
    app = EdgeApp()

    @app.get("/declared")
    async def never():
        await asyncio.sleep(3600)

    answers = await answers_at_the_end(app, ["/declared"])

    assert answers == [(503, STOPPING)]
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_a_signal_is_its_process_to_take():
    """uvicorn takes it too by default, and is then cancelled in the middle of its own stop."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    server = Server(uvicorn.Config(soon_and_never, interface="asgi3", lifespan="off", log_level="warning"))
    serving = asyncio.create_task(server.serve_until_cancelled([Door(a_socket())]))
    await until_it_holds(lambda: server.started, patience_s=PATIENCE_S)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(told.wait(), PATIENCE_S)

    await asyncio.sleep(0.3)
    assert not server.should_exit
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)


class Few(Descriptors):
    """As many as the test says."""

    is_short = False

    def are_short(self):
        return self.is_short


async def ask(port, patience_s=PATIENCE_S):
    """The first line of an answer on a connection of its own; None where none comes in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /soon HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    try:
        async with asyncio.timeout(patience_s):
            return await reader.readline()
    except TimeoutError:
        return None
    finally:
        writer.close()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_door_is_closed_while_descriptors_are_short_and_opened_again(loop, capsys, monkeypatch):
    """Who waits at it meanwhile is answered; neither that nor the stop waits for the next look of an idle server."""
    monkeypatch.setattr(serving, "IDLE_TICK_S", 3600)

    async def steps():
        listening, few = a_socket(), Few("edge")
        port = listening.getsockname()[1]
        config = uvicorn.Config(soon_and_never, interface="asgi3", lifespan="off", log_level="warning")
        server = Server(config, few)
        serving = asyncio.create_task(server.serve_until_cancelled([Door(listening)]))
        assert await ask(port) == b"HTTP/1.1 200 OK\r\n"

        few.is_short = True
        await asyncio.sleep(0.3)
        waits = asyncio.create_task(ask(port))
        assert await ask(port, 0.6) is None
        few.is_short = False
        assert await waits == b"HTTP/1.1 200 OK\r\n"

        serving.cancel()
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(asyncio.CancelledError):
                await serving
        return few.trouble

    with asyncio.Runner(loop_factory=loop) as runner:
        assert "new connections wait" in runner.run(steps())
    assert capsys.readouterr().err.count("\n") == 1


class SomeLeft(Few):
    """Descriptors for so many who come in; the look ten times a second is too late to see that none is left."""

    def __init__(self, left):
        super().__init__("edge")
        self.left = left

    def are_short(self):
        self.left -= 1
        return self.left < 0

    def look(self, now_s):
        return False


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_of_those_who_come_at_once_no_more_come_in_than_there_are_descriptors(loop):
    """Each is asked for: between two looks thousands may come, and the log's files would find none."""

    async def steps():
        listening = a_socket()
        listening.listen(300)
        waiting = [socket.create_connection(listening.getsockname()) for _ in range(20)]
        config = uvicorn.Config(soon_and_never, interface="asgi3", lifespan="off", log_level="warning")
        server = Server(config, SomeLeft(5))
        serving = asyncio.create_task(server.serve_until_cancelled([Door(listening)]))
        await until_it_holds(lambda: len(server.server_state.connections) >= 5, patience_s=PATIENCE_S)
        await asyncio.sleep(0.2)  # in which none of the others may come in
        came_in = len(server.server_state.connections)
        for client in waiting:
            client.close()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        return came_in

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(steps()) == 5


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_handshake_that_does_not_come_ends_after_its_time(loop, tmp_path, monkeypatch):
    """Else who connects and says nothing of TLS holds a descriptor for a minute; with a door of http it is ten seconds,
    and so it is here.
    """
    assert serving.HANDSHAKE_S == HEAD_S
    monkeypatch.setattr(serving, "HANDSHAKE_S", 0.2)

    async def steps():
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*write_certificate(tmp_path))
        listening = a_socket()
        config = uvicorn.Config(soon_and_never, interface="asgi3", lifespan="off", log_level="warning")
        server = asyncio.create_task(Server(config).serve_until_cancelled([Door(listening, tls)]))
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
        writer.write(b"\x16\x03\x01")
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
        server.cancel()
        with pytest.raises(asyncio.CancelledError):
            await server

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(steps())


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_all_who_wait_at_the_door_come_in_before_much_is_done_for_those_who_came_first(loop):
    """uvloop's own server lets one in a turn: the last of 200 would wait for 199 turns of everybody's work."""
    turns, came_in_at = 0, []

    async def steps():
        async def app(scope, receive, send):
            came_in_at.append(turns)
            await soon_and_never({**scope, "path": "/soon"}, receive, send)

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        listening = a_socket()
        listening.listen(300)
        waiting = [socket.create_connection(listening.getsockname()) for _ in range(200)]
        for client in waiting:
            client.sendall(b"GET /soon HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        config = uvicorn.Config(app, interface="asgi3", lifespan="off", log_level="warning")
        counting = asyncio.create_task(count())
        serving = asyncio.create_task(Server(config).serve_until_cancelled([Door(listening)]))
        await until_it_holds(lambda: len(came_in_at) >= len(waiting), patience_s=PATIENCE_S)
        for task in (counting, serving):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        for client in waiting:
            assert client.recv(15) == b"HTTP/1.1 200 OK"
            client.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(steps())
    assert came_in_at[-1] - came_in_at[0] < 20


async def test_a_connection_without_tls_at_a_door_with_it_is_nobodys_trouble(caplog, tmp_path):
    """Nor is one that goes in the middle of its handshake: others are answered."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*write_certificate(tmp_path))
    listening = a_socket()
    port = listening.getsockname()[1]
    config = uvicorn.Config(soon_and_never, interface="asgi3", lifespan="off", log_level="warning")
    serving = asyncio.create_task(Server(config).serve_until_cancelled([Door(listening, tls)]))
    await asyncio.sleep(0)
    for first in (b"GET /soon HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b""):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first)
        writer.close()
    async with httpx.AsyncClient(verify=False) as client:
        assert (await client.get(f"https://127.0.0.1:{port}/soon")).json() == "done"
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert [record.message for record in caplog.records] == []


async def test_the_query_apis_socket_is_its_owners(tmp_path):
    """As all else in the data folder; uvicorn opens the sockets that it makes to everybody."""
    path = tmp_path / "api.sock"
    path.write_text("left behind")
    serving = asyncio.create_task(serve_on_socket(soon_and_never, path))
    async with httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(path), retries=5), base_url="http://api"
    ) as client:
        await until_it_holds(path.is_socket, patience_s=PATIENCE_S)
        answer = await client.get("/soon")

    assert answer.json() == "done"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
