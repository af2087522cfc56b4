"""StatsMix's datagrams over a real socket: the sender of one that counts is told, and nobody else."""

import asyncio
import socket
from collections.abc import AsyncIterator

import orjson
import pytest

from producers.statsmix.reasons import Reason
from producers.statsmix.udp import answering
from testkit.statsmix import API_KEY, StatsMixEdge, a_statsmix_edge
from testkit.waiting import PATIENCE_S


@pytest.fixture
async def edge() -> StatsMixEdge:
    return await a_statsmix_edge()


@pytest.fixture
async def client(edge: StatsMixEdge) -> AsyncIterator[socket.socket]:
    """A socket that is connected to the edge's."""
    with socket.socket(type=socket.SOCK_DGRAM) as bound, socket.socket(type=socket.SOCK_DGRAM) as client:
        bound.bind(("127.0.0.1", 0))
        client.setblocking(False)
        client.connect(bound.getsockname())
        async with answering(bound, edge.intake):
            yield client


async def test_what_the_ruby_gem_sends_counts_and_is_answered(edge: StatsMixEdge, client: socket.socket) -> None:
    fields = {"api_key": API_KEY, "name": "orders", "value": 2.5, "meta": {"plan": "basic"}, "ref_id": "order 7"}
    client.send(b"no JSON")
    client.send(orjson.dumps(orjson.dumps(fields).decode()))
    async with asyncio.timeout(PATIENCE_S):
        answer = await asyncio.get_running_loop().sock_recv(client, 100)

    assert answer == b"ok"
    assert [(write.number, write.ref, write.meta) for write in edge.writes()] == [(2.5, "order 7", '{"plan":"basic"}')]
    assert edge.intake.tally.refused == {Reason.NO_DATAGRAM: 1}
    with pytest.raises(BlockingIOError):
        client.recv(100)
