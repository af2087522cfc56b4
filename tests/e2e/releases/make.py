"""Makes what is kept of a former release: has that release itself run, take in what is here, and tell what it reads.

    git worktree add --detach ../spine 5f0d147 && make -C ../spine setup
    .venv/bin/python tests/e2e/releases/make.py spine ../spine

writes spine.folder.json, spine.folder.tar.xz and the same of Kafka beside this file. `--many` numbers come besides what the
release's own module (testkit/spine_deeds.py) sends; `--into` keeps the folders themselves in another place.
"""

import argparse
import json
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from testkit.former_releases import ENVIRONMENT, KEPT, as_told  # noqa: E402 - the path is set above
from testkit.kafka_broker import KafkaBroker  # noqa: E402
from testkit.kafka_copy import copy  # noqa: E402
from testkit.roles import OPERATOR_TOKEN, TildeOnKafka  # noqa: E402
from testkit.running import RunningTilde  # noqa: E402
from testkit.settling import settle_folder, settle_kafka  # noqa: E402
from testkit.taking_on import DEEDS  # noqa: E402

COMMITS = {"spine": "5f0d147", "dialects": "bf965fa"}
NOT_KEPT = ("lock", "url", "up.out", "out", "bell.sock", "api.sock", "commands.sock", "jobs.db")
MANY = 40


def main() -> None:
    """Both ways, one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("release", choices=COMMITS)
    parser.add_argument("checkout", type=Path, help="where the release's commit is checked out, and set up")
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--into", type=Path, default=KEPT)
    said = parser.parse_args()
    head = subprocess.run(["git", "-C", said.checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert head.stdout.startswith(COMMITS[said.release]), f"{said.checkout} is no checkout of {COMMITS[said.release]}"
    tilde = [str(said.checkout.absolute() / ".venv" / "bin" / "tilde")]
    deeds = DEEDS[said.release]
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # Python finds modules where it is started: not ours
        told = in_a_folder(deeds, tilde, Path(scratch) / "folder", said.many)
        pack(Path(scratch) / "folder", said.into / f"{said.release}.folder.tar.xz")
        told_on_kafka = on_kafka(deeds, tilde, Path(scratch) / "kafka", said.many)
        pack(Path(scratch) / "kafka", said.into / f"{said.release}.kafka.tar.xz")
    for name, asked in (("folder", told), ("kafka", told_on_kafka)):
        content = {"release": head.stdout.strip(), "asked": asked}
        text = json.dumps(content, ensure_ascii=False, indent=0, separators=(",", ":"))
        (said.into / f"{said.release}.{name}.json").write_text(text + "\n")


def do(deeds: ModuleType, client: "object", settle: Callable[[], None], many: int) -> list[dict[str, object]]:
    """Sends, changes, and asks."""
    deeds.make_accounts(client)
    deeds.post(client, many)
    deeds.change(client, settle)
    return [as_told(ask, ask.of(client)) for ask in deeds.asks(client)]


def in_a_folder(deeds: ModuleType, tilde: list[str], data: Path, many: int) -> list[dict[str, object]]:
    """What is told of a data folder, which stands there then."""
    with RunningTilde(data, ENVIRONMENT, tilde) as running:
        running.wait_greeted()
        running.client.headers["authorization"] = f"Bearer {OPERATOR_TOKEN}"
        return do(deeds, running.client, lambda: settle_folder(running.client, data), many)


def on_kafka(deeds: ModuleType, tilde: list[str], folder: Path, many: int) -> list[dict[str, object]]:
    """What is told of a Kafka, whose topics stand in files beside the folders of the roles then."""
    with KafkaBroker() as broker:
        with TildeOnKafka(folder, broker, workers=1, command=tilde) as running:
            running.create_account("main")  # as a first start in a folder does
            told = do(deeds, running.client, lambda: settle_kafka(running.client, broker.bootstrap), many)
        copy(broker.bootstrap, folder)
    return told


def pack(folder: Path, archive: Path) -> None:
    """All files that a start of another release needs."""

    def kept(file: tarfile.TarInfo) -> tarfile.TarInfo | None:
        file.uid = file.gid = 0
        file.uname = file.gname = ""
        return None if Path(file.name).name in NOT_KEPT else file

    with (
        lzma.open(archive, "w", preset=9 | lzma.PRESET_EXTREME) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        tar.add(folder, ".", filter=kept)
    print(f"{archive}: {archive.stat().st_size} bytes")


if __name__ == "__main__":
    main()
