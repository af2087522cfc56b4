"""What the other tests rely on when they are given a real broker."""

import asyncio
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from testkit.kafka_broker import KafkaBroker, free_ports
from testkit.waiting import PATIENCE_S

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run"),
]


SCRIPT = Path(__file__).parents[2] / "deploy" / "kafka" / "kafka.sh"


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker() as broker:
        yield broker


def test_an_acknowledged_record_survives_a_kill(broker: KafkaBroker) -> None:
    """What was acknowledged before SIGKILL is there after the restart, under the same address and offset."""
    asyncio.run(make_topic(broker.bootstrap, "hits-kill"))
    offset = asyncio.run(append(broker.bootstrap, "hits-kill", b"a hit"))
    address = broker.bootstrap

    broker.kill()
    broker.restart()

    assert broker.bootstrap == address
    assert asyncio.run(read_all(address, "hits-kill")) == [(offset, b"a hit")]


def test_a_record_survives_an_orderly_restart(broker: KafkaBroker) -> None:
    """Restarting a broker that still runs ends it first, and loses nothing."""
    asyncio.run(make_topic(broker.bootstrap, "hits-restart"))
    asyncio.run(append(broker.bootstrap, "hits-restart", b"a hit"))
    before = broker.pid

    broker.restart()

    assert broker.pid != before
    assert asyncio.run(read_all(broker.bootstrap, "hits-restart")) == [(0, b"a hit")]


def test_a_paused_broker_answers_nobody_until_it_is_resumed(broker: KafkaBroker) -> None:
    """An append waits while the broker is paused, and is acknowledged once, after it goes on."""
    asyncio.run(make_topic(broker.bootstrap, "hits-pause"))

    async def append_across_a_pause() -> tuple[bool, int]:
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
            await producer.send_and_wait("hits-pause", b"before", partition=0)
            broker.pause()
            append = asyncio.create_task(producer.send_and_wait("hits-pause", b"across", partition=0))
            answered, _ = await asyncio.wait([append], timeout=0.5)
            broker.resume()
            return bool(answered), (await append).offset

    assert asyncio.run(append_across_a_pause()) == (False, 1)


def test_two_brokers_know_nothing_of_each_other(broker: KafkaBroker) -> None:
    """Each has ports and data of its own, so tests may run side by side."""
    with KafkaBroker() as other:
        asyncio.run(make_topic(broker.bootstrap, "hits"))

        assert "hits" in asyncio.run(topics(broker.bootstrap))
        assert asyncio.run(topics(other.bootstrap)) == set()
        assert ids_of(broker).isdisjoint(ids_of(other)), "though both are copies of one formatted folder"


def ids_of(broker: KafkaBroker) -> set[str]:
    """Those of its cluster and of its folder."""
    lines = (Path(broker._folder.name) / "log" / "meta.properties").read_text().splitlines()
    ids = {line for line in lines if line.startswith(("cluster.id=", "directory.id="))}
    assert len(ids) == 2
    return ids


@pytest.mark.parametrize("last_act", ["pass", "broker.pause()"])
def test_the_broker_dies_with_the_process_that_started_it(last_act: str, tmp_path: Path) -> None:
    """A test run that is killed leaves no broker behind, not even a paused one."""
    script = f"""if True:
        from testkit.kafka_broker import KafkaBroker
        with KafkaBroker() as broker:
            {last_act}
            print(broker.pid, flush=True)
            input()
    """
    starter = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    with starter:
        assert starter.stdout is not None
        broker_process = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
    ended, _, _ = select.select([broker_process], [], [], PATIENCE_S)
    os.close(broker_process)

    assert ended


def test_a_broker_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error carries the last lines of what Java said."""
    monkeypatch.setenv("KAFKA_HEAP", "-Xmx1k")

    with pytest.raises(RuntimeError, match="Too small maximum heap"), KafkaBroker():
        pass


def test_without_java_it_says_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words are the reason that a skipped test shows."""
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    assert KafkaBroker.missing() == "Kafka needs Java 17 or newer, and there is no java here."


def test_a_broker_runs_on_the_archive_of_its_classes(broker: KafkaBroker) -> None:
    """Which the first start makes: without it each start takes twice the CPU time."""
    archives = [path for path in SCRIPT.parent.glob("lib/classes-*.jsa") if path.stat().st_size]

    assert any(str(path) in Path(f"/proc/{broker.pid}/maps").read_text() for path in archives)


@pytest.fixture
def with_a_broken_archive(tmp_path: Path) -> Path:
    """The script in a folder of its own, with the jars of this one; its archive is nothing that Java can read, and it
    has to format by itself.
    """
    folder = tmp_path / "a folder"
    (folder / "lib").mkdir(parents=True)
    for path in SCRIPT.parent.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    for path in SCRIPT.parent.glob("lib/*"):
        if path.suffix == ".jsa":
            (folder / "lib" / path.name).write_bytes(b"no archive" * 100_000)
        elif path.is_file():
            (folder / "lib" / path.name).symlink_to(path)
    return folder / SCRIPT.name


def test_the_script_starts_and_stops_one_broker_in_the_background(
    broker: KafkaBroker, with_a_broken_archive: Path, tmp_path: Path
) -> None:
    """start returns when clients are accepted and may be repeated; stop ends it; status tells which. All that without
    an archive, as behind another Java.
    """
    port, controller_port = map(str, free_ports(2))
    ports = {"KAFKA_PORT": port, "KAFKA_CONTROLLER_PORT": controller_port}
    environment = os.environ | ports | {"KAFKA_DATA": str(tmp_path / "data")}

    def kafka(command: str) -> tuple[int, str]:
        done = subprocess.run(
            [with_a_broken_archive, command], env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout.strip()

    accepts = f"Kafka accepts clients on 127.0.0.1:{port}."

    try:
        assert kafka("status") == (1, "Kafka does not run.")
        assert kafka("start") == (0, accepts)
        assert kafka("start") == (0, "Kafka already runs.")
        assert kafka("status") == (0, accepts)
        os.kill(int((tmp_path / "data" / "kafka.pid").read_text()), signal.SIGKILL)
        assert kafka("start") == (0, accepts)
    finally:
        assert kafka("stop") == (0, "Kafka has ended.")
    assert kafka("stop") == (0, "Kafka does not run.")


async def make_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def topics(bootstrap: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def append(bootstrap: str, topic: str, value: bytes) -> int:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        return int((await producer.send_and_wait(topic, value, partition=0)).offset)


async def read_all(bootstrap: str, topic: str) -> list[tuple[int, bytes]]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        (end,) = (await consumer.end_offsets([partition])).values()
        return [(record.offset, record.value) for record in [await consumer.getone() for _ in range(end)]]
