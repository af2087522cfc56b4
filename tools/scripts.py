"""Makes the files that pages load of their sources, one each: `make scripts`, or `python -m tools.scripts`. Needs npm.

The files stand in the repository, so that whoever runs Tilde needs no Node.js; a test makes them again and compares.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
BUNDLER = Path(__file__).parent / "bundler"
PINNED = [BUNDLER / "package.json", BUNDLER / "package-lock.json"]
INSTALL_MAX_S = 300
# For browsers of 2021 and later.
FLAGS = ("--bundle", "--minify", "--target=es2021", "--format=iife", "--charset=utf8", "--legal-comments=none")


class Script(NamedTuple):
    """One file. `mangled` are members that get short names: none that pages call or set, or that a browser knows."""

    built: Path
    mangled: str

    @property
    def folder(self) -> Path:
        """Where its sources are, in `source/`."""
        return self.built.parents[1]


TRACKER = Script(
    ROOT / "producers/clicky/tracker/built/tracker.js",
    "address arrive automatic beginsVisit common cookies due foundDomain given held hints isLeaving isNew kept landing "
    "mayKeep ofOrGiven once options page pings release said saidDomain shown sites timer told transport turned visitor "
    "wait watch widest",
)
LIBRARY = Script(
    ROOT / "producers/kissmetrics/library/built/library.js",
    "address all arrived beacon cameFrom chosen cookies delay domain event flying forget foundDomain guarded "
    "identity isLeaving isLoadedAnew keep kept leave load made mayKnow named noticed outbox page person "
    "properties put random read recordLast resend returning saidDomain saidName seen send start stay tagged tell "
    "unsent want wanted watchLeaving watching where widest write",
)
SCRIPTS = (TRACKER, LIBRARY)


def install(folder: Path) -> None:
    """Puts the pinned bundler into a folder. Raises CalledProcessError."""
    for file in PINNED:
        shutil.copy(file, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
    subprocess.run(command, check=True, timeout=INSTALL_MAX_S, stdout=subprocess.DEVNULL)


def built(script: Script, folder: Path) -> bytes:
    """What the bundler in a folder makes of the sources. Raises CalledProcessError."""
    mangled = f"--mangle-props=^({script.mangled.replace(' ', '|')})$"
    command = [str(folder / "node_modules/.bin/esbuild"), "source/main.js", *FLAGS, mangled]
    return subprocess.run(command, check=True, cwd=script.folder, stdout=subprocess.PIPE).stdout


def main() -> None:
    """Writes the files."""
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        for script in SCRIPTS:
            script.built.write_bytes(built(script, Path(folder)))
            print(f"{script.built.name}: {script.built.stat().st_size} bytes")


if __name__ == "__main__":
    main()
