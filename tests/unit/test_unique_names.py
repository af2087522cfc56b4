"""Positions are kept under names: two of one name would go on where the other is, so nothing is begun with them."""

from pathlib import Path
from typing import Any

import pytest

from streams.contract import Processor
from streams.drivers.embedded_driver import EmbeddedDriver
from streams.drivers.kafka.driver import KafkaDriver
from streams.drivers.kafka.pulse import Pulse
from streams.processors.creations import CreationsProcessor
from streams.processors.stats import StatsProcessor
from testkit.first_sights import FirstSights
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import watchers_path
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock
from tilde.runtime.unique import require_unique
from tilde.settings import Settings
from tilde.web.http_clients import open_async_client
from watchers import wiring
from watchers.folder_destination import FolderDestination
from watchers.logged_commands import LoggedCommands
from watchers.parts import Parts

CLOCK = FixedClock(0)
TWICE: list[Processor] = [StatsProcessor(), CreationsProcessor(), StatsProcessor()]


def some_parts(data: Path) -> Parts:
    log = CatalogFollower(MemoryLog())
    return wiring.parts_over(
        Settings(data=data, key="abababababababababababababababababababababababababababababababab"),
        log,
        open_async_client(),
    )


def test_which_name_comes_twice_is_told() -> None:
    require_unique("processors", ["stats", "creations"])
    with pytest.raises(ValueError, match="two processors are called stats"):
        require_unique("processors", ["stats", "creations", "stats"])


def test_no_driver_of_a_folder_has_two_processors_of_one_name(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "outputs", writes=True)
    with pytest.raises(ValueError, match="two processors are called"):
        EmbeddedDriver(MemoryLog(), file, TWICE, SystemClock())
    file.close()


def test_nor_has_one_on_kafka() -> None:
    nothing: Any = None
    with pytest.raises(ValueError, match="two processors are called"):
        KafkaDriver(TWICE, nothing, nothing, nothing, Pulse(CLOCK), CLOCK)


async def test_no_two_watchers_have_one_name(tmp_path: Path) -> None:
    log = MemoryLog()
    with pytest.raises(ValueError, match="two watchers are called first_sights"):
        await wiring.run_watchers(some_parts(tmp_path), log, LoggedCommands(log), [FirstSights(), FirstSights()], CLOCK)

    assert not watchers_path(tmp_path).exists()


async def test_no_two_destinations_have_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both would take the same letters."""
    monkeypatch.setattr(wiring, "destinations", lambda *_: [FolderDestination("mail", tmp_path, ".eml")] * 2)
    log = MemoryLog()
    with pytest.raises(ValueError, match="two destinations are called mail"):
        await wiring.run_watchers(some_parts(tmp_path), log, LoggedCommands(log), [], CLOCK)
