"""What stands where in a data folder.

    key, operator_token        the master secret, the operator's token
    untold_token               sealed: the access token of the first account, until it was shown
    lock, url                  who holds the folder, and where it listens: a URL a line
    edge/*.segment, shipped    stats, commands: the edge's own log; on Kafka how far it is shipped
    edge/visitors.db           the secrets of keyholders, visitors of sites and people of products: what is erased
                               there cannot be read anywhere any more
    ballast                    room that an edge on Kafka keeps for a full disk
    catalog.log                catalog; on Kafka the edge's copy of it
    outputs.gN.log             the output topics and positions of a generation
    store/                     the embedded store; in store/spool what is on its way into it, in store/sql-*
                               the snapshot of a statement that runs
    bell.sock, api.sock        between the two processes of `tilde up`
    jobs.db                    queries that run, and what they found, for a day
    watchers.log, mail/        how far watchers have looked, and what they have not sent yet; the letters that they sent
    commands.sock              where the edge of `tilde up` takes watchers' commands
    streams.heartbeat, ..      of the roles on Kafka that have no port
    faust/, replay-*/          of Faust; of the roles that `tilde replay` runs on Kafka

`data` is absolute everywhere: chDB moves the working directory of the whole process while it is imported. Sockets are
bound and connected to by `tilde/runtime/short_path.py`.
"""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Makes it, and those above it, so that it is still there after a power cut. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def master_path(data: Path) -> Path:
    """The master secret."""
    return data / "key"


def operator_token_path(data: Path) -> Path:
    """The operator's token."""
    return data / "operator_token"


def untold_token_path(data: Path) -> Path:
    """The access token of the first account, until it was shown."""
    return data / "untold_token"


def lock_path(data: Path) -> Path:
    """The file whose lock is the folder's."""
    return data / "lock"


def url_path(data: Path) -> Path:
    """Where the Tilde that holds the folder listens."""
    return data / "url"


def edge_folder(data: Path) -> Path:
    """Where the edge keeps its own log."""
    return data / "edge"


def keyholders_path(edge: Path) -> Path:
    """The secrets of keyholders, in the folder of an edge and outside of its log."""
    return edge / "visitors.db"


def ballast_path(data: Path) -> Path:
    """Room that an edge on Kafka keeps for a full disk."""
    return data / "ballast"


def catalog_path(data: Path) -> Path:
    """The file of topic `catalog`."""
    return data / "catalog.log"


def outputs_path(data: Path, generation: int) -> Path:
    """The file with the output topics and positions of a generation."""
    return data / f"outputs.g{generation}.log"


def store_dsn(data: Path) -> str:
    """The embedded store of the folder."""
    return f"chdb://{data / 'store'}"


def bell_path(data: Path) -> Path:
    """The socket for wake-ups."""
    return data / "bell.sock"


def api_path(data: Path) -> Path:
    """The socket of the query API."""
    return data / "api.sock"


def commands_path(data: Path) -> Path:
    """The socket where the edge takes commands that were sealed in another process of the folder."""
    return data / "commands.sock"


def jobs_path(data: Path) -> Path:
    """The file of jobs of the query API."""
    return data / "jobs.db"


def watchers_path(data: Path) -> Path:
    """The file of the watchers: positions, memory and outbox."""
    return data / "watchers.log"


def letters_folder(data: Path) -> Path:
    """The letters that went no further than this machine."""
    return data / "mail"


def heartbeat_path(data: Path, role: str) -> Path:
    """Where a role without a port says how it is."""
    return data / f"{role}.heartbeat"
