"""Makes the tracker's one file of its sources: `make tracker`, or `python -m tools.tracker`. Needs npm.

The file stands in the repository, so that whoever runs Tilde needs no Node.js; a test makes it again and compares.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "producers/clicky/tracker"
BUILT = FOLDER / "built/tracker.js"
PINNED = [FOLDER / "package.json", FOLDER / "package-lock.json"]
INSTALL_MAX_S = 300
# Browsers of 2021 and later. What pages call or set has no name in this list, and neither has what a browser knows.
MANGLED = (
    "address arrive automatic beginsVisit common cookies due foundDomain given held hints isLeaving isNew kept landing "
    "mayKeep ofOrGiven once options page pings release said shown sites timer told transport turned visitor wait watch "
    "widest"
)
FLAGS = [
    *("--bundle", "--minify", "--target=es2021", "--format=iife", "--charset=utf8", "--legal-comments=none"),
    f"--mangle-props=^({MANGLED.replace(' ', '|')})$",
]


def install(folder: Path) -> None:
    """Puts the pinned bundler into a folder. Raises CalledProcessError."""
    for file in PINNED:
        shutil.copy(file, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder]
    subprocess.run(command, check=True, timeout=INSTALL_MAX_S, stdout=subprocess.DEVNULL)


def built(folder: Path) -> bytes:
    """What the bundler in a folder makes of the sources. Raises CalledProcessError."""
    command = [folder / "node_modules/.bin/esbuild", "source/main.js", *FLAGS]
    return subprocess.run(command, check=True, cwd=FOLDER, stdout=subprocess.PIPE).stdout


def main() -> None:
    """Writes the file."""
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        BUILT.write_bytes(built(Path(folder)))
    print(f"{BUILT.name}: {BUILT.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
