"""`tilde up`: everything in one go. A supervisor over three processes: the edge, the pipeline with store and query API,
and the watchers.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from producers.edge.edge_log import require_catalog
from run.process.folder_lock import LEAVING_S, DataFolder
from run.process.greeting import Greeting
from run.process.listening import listen_to_users, receive_datagrams
from run.process.operator_client import HttpOperator
from run.process.printing import print_lines
from run.process.supervisor import TILDE, Child, Supervisor
from run.process.untold_token import UntoldToken
from run.roles.first_account import account_request, first_account
from tilde.catalog.follower import read_catalog
from tilde.data_folder import edge_folder
from tilde.domain.catalog.keys import KeyKind
from tilde.errors import TildeError
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import Clock, SystemClock
from tilde.runtime.descriptors import tell_where_few
from tilde.runtime.telling import announce, tell
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.web.certificate import Certificate
from tilde.web.http_clients import open_async_client

READY_S = 60.0  # then, and as often again, it is told that it is not
POLL_S = 0.05
STOPS = (signal.SIGINT, signal.SIGTERM)


def up(settings: Settings, config: Path | None) -> None:
    """Runs until SIGINT or SIGTERM. `config` is the settings file, for the processes it starts."""
    Certificate.of(settings, SystemClock())  # told before anything is begun
    tell_where_few("up")
    folder = DataFolder(settings.data)
    lock = folder.take(LEAVING_S)
    listening, datagrams = listen_to_users(settings), receive_datagrams(settings)
    catalog = asyncio.run(read_catalog(SqliteLog(folder.path)))
    keyring = open_keyring(settings)
    keyring.require_ours(catalog)  # before anything is started, as the next
    require_catalog(edge_folder(folder.path), catalog.sequence)
    for name in ("host", "port", "tls_port", "tls_cert", "tls_key", *datagrams):
        if (value := getattr(settings, name)) is not None:
            os.environ[f"TILDE_{name.upper()}"] = str(value)
    os.environ["TILDE_DATA"] = str(folder.path)
    token = open_operator_token(settings)
    urls = [address.own_url for address, _ in listening]
    folder.write_urls(urls)
    # Heard by `_supervise`: whoever stops a first start still learns the keys of the account that it makes.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    made = None if catalog.accounts else first_account(lock, config)
    ports = [*(bound for _, bound in listening), *datagrams.values()]
    children = _children(lock, [bound.fileno() for bound in ports], config)
    greeted = _Greeted(urls, token, folder, UntoldToken(folder, keyring), made)
    asyncio.run(_supervise(children, ports, greeted, SystemClock()))


def _children(lock: int, ports: Sequence[int], config: Path | None) -> list[Child]:
    with_config = ["--config", str(config.absolute())] if config is not None else []
    with_ports = [word for port in ports for word in ("--fd", str(port))]
    return [
        Child("pipeline", [*TILDE, "embedded-pipeline", *with_config], [lock]),
        Child("edge", [*TILDE, "embedded-edge", *with_ports, *with_config], [lock, *ports]),
        Child("watchers", [*TILDE, "embedded-watchers", *with_config], [lock]),
    ]


class _Greeted(NamedTuple):
    """Who started it, and what he is to be told; `made` is the account that was made for this start."""

    urls: list[str]
    token: str
    folder: DataFolder
    untold: UntoldToken
    made: dict[str, Any] | None


async def _supervise(children: list[Child], ports: Sequence[socket.socket], greeted: _Greeted, clock: Clock) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, stopping.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    supervisor = Supervisor(children, clock)
    loop.add_signal_handler(signal.SIGHUP, supervisor.pass_on, signal.SIGHUP, "edge")
    began = clock.monotonic_s()
    supervisor.start()
    greeting = asyncio.create_task(_greet(greeted, began, clock))
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait([greeting, waiting], return_when=asyncio.FIRST_COMPLETED)
    if greeting.done() and (error := greeting.exception()) is not None:
        if not isinstance(error, (TildeError, OSError)):  # standard output may be closed, or a file on a full disk
            await supervisor.stop()
            raise error
        tell("up", f"runs, but the account could not be made or shown: {error}")  # posts are taken all the same
    await waiting
    greeting.cancel()
    announce("stopping")
    await supervisor.stop()
    # Who waits there is not let in any more; the greeting may do so, in a thread that is waited for.
    for bound in ports:
        bound.close()


async def _greet(greeted: _Greeted, began: float, clock: Clock) -> None:
    urls, token, folder, untold, made = greeted
    greeting = Greeting(urls, folder.path, os.environ)
    try:
        await _until_ready(urls[0], clock)
        print_lines(*greeting.ready(clock.monotonic_s() - began))
    finally:  # its keys are shown also where it is stopped before it was ready
        if made is not None:
            _show(made, greeting, untold)
    if made is None:
        await _greet_later(greeted, greeting, HttpOperator(urls[0], token, is_own=True))


async def _greet_later(greeted: _Greeted, greeting: Greeting, operator: HttpOperator) -> None:
    """Where no account was made for this start: those of the folder are known, unless the start that made one was
    killed before it said so.
    """
    untold = greeted.untold
    accounts = await asyncio.to_thread(operator.accounts)
    if not accounts:
        _show(await asyncio.to_thread(operator.create_account, account_request(untold)), greeting, untold)
    elif (found := untold.of(await read_catalog(SqliteLog(greeted.folder.path)))) is not None:
        account = next(one for one in accounts if one["name"] == found.account)
        _show(account | {KeyKind.TOKEN.value: found.token}, greeting, untold)
    else:
        print_lines(*greeting.known(accounts[0]["name"]))
        untold.forget()


def _show(made: dict[str, Any], greeting: Greeting, untold: UntoldToken) -> None:
    print_lines(*greeting.made(made))
    untold.forget()


async def _until_ready(url: str, clock: Clock) -> None:
    """Returns when all parts run. The edge may be taking posts in long before, so it is only told when that lasts."""
    tell_at_s = clock.monotonic_s() + READY_S
    async with open_async_client() as client:
        while True:
            health = "it does not answer"
            try:
                answer = await client.get(f"{url}/health")
                if answer.is_success:
                    return
                health = answer.text
            except httpx.TransportError:
                pass
            if clock.monotonic_s() >= tell_at_s:
                tell("up", f"not ready yet: {health}; what the processes said stands above")
                tell_at_s = clock.monotonic_s() + READY_S
            await asyncio.sleep(POLL_S)
