"""The lock files: made from pyproject.toml by uv, and checked as a new machine meets them, today and on a later day.

requirements.lock      what runs
requirements-dev.lock  the same, and what checks and tests it
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = [str(ROOT / ".uv/bin/python"), str(ROOT / "tools/uv.py")]
LOCKS = {"requirements.lock": "build", "requirements-dev.lock": "dev"}
FORM = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]
# pip before 23.3 looks for the newest `coverage[toml]` where a lock pins `coverage` alone, and stops at its hash.
FORM += ["--no-strip-extras"]
PIP_MIN = "22.3"  # came with Python 3.11.0
# A lock in our form whose day is long past: it has to install today, or ours will not install on a later day.
LONG_AGO = "2026-06-01T00:00:00Z"


class LockError(Exception):
    """A lock that a new machine could not use."""


def run(*command: str | Path) -> None:
    """Runs a command. Raises LockError with what it said where it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise LockError(f"{' '.join(map(str, command))}\n{done.stdout[-1000:]}{done.stderr[-3000:]}")


def compile_lock(name: str, output: Path) -> None:
    """Writes a lock to `output`. What stands there already is kept where it still holds."""
    group = ["--all-extras", "--group", LOCKS[name]]
    run(*UV, "pip", "compile", "--quiet", "pyproject.toml", *group, *FORM, "--output-file", output)


def pins(lock: Path) -> dict[str, str]:
    """The line that pins each package, as `coverage[toml]==7.17.3`, by the package's name."""
    lines = [line.split(" ")[0] for line in lock.read_text().splitlines() if line[:1].isalnum()]
    return {line.partition("==")[0].partition("[")[0]: line for line in lines}


def tools() -> list[str]:
    """What checks and tests Tilde, by name."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [one.partition(">=")[0] for one in chain(*groups.values()) if isinstance(one, str)]


def check_agrees(name: str, folder: Path) -> None:
    """The lock is what uv makes of pyproject.toml and this lock, and what runs is what is tested. Raises LockError."""
    again = folder / name
    again.write_bytes((ROOT / name).read_bytes())
    compile_lock(name, again)
    if again.read_bytes() != (ROOT / name).read_bytes():
        raise LockError(f"{name} is not made from this pyproject.toml: run `make lock`")
    if not pins(ROOT / "requirements.lock").items() <= pins(ROOT / "requirements-dev.lock").items():
        raise LockError("the two locks pin a package at two versions: run `make lock`")


def lock_of_long_ago(folder: Path) -> Path:
    """Our tools as they would have been locked on a day long past: each has newer releases now, and so has what they
    bring along.
    """
    wanted, lock = folder / "tools.in", folder / "long-ago.lock"
    wanted.write_text("\n".join(tools()))
    run(*UV, "pip", "compile", "--quiet", wanted, *FORM, "--exclude-newer", LONG_AGO, "--output-file", lock)
    return lock


def install_with_uv(lock: Path, folder: Path) -> None:
    """As `make setup` does, into an empty environment."""
    run(*UV, "venv", "--quiet", "--python", sys.executable, folder)
    run(*UV, "pip", "sync", "--quiet", "--require-hashes", "--python", folder / "bin/python", lock)


def install_with_pip(lock: Path, folder: Path, *options: str) -> None:
    """As somebody does who has the oldest pip that may be used."""
    venv.create(folder, with_pip=True)
    pip: Sequence[str | Path] = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-compile"]
    run(*pip, f"pip=={PIP_MIN}")
    run(*pip, "--require-hashes", *options, "-r", lock)


def check() -> None:
    """Every way in which the locks are installed. Raises LockError."""
    for name in LOCKS:
        with tempfile.TemporaryDirectory() as folder:
            say_and_run(f"{name} agrees with pyproject.toml", check_agrees, name, Path(folder))
            say_and_run(f"{name} with uv", install_with_uv, ROOT / name, Path(folder) / "uv")
            say_and_run(f"{name} with pip {PIP_MIN}", install_with_pip, ROOT / name, Path(folder) / "pip")
    with tempfile.TemporaryDirectory() as folder:
        lock = lock_of_long_ago(Path(folder))
        say_and_run(f"a lock of {LONG_AGO[:10]} with uv", install_with_uv, lock, Path(folder) / "uv")
        say_and_run(
            f"a lock of {LONG_AGO[:10]} with pip {PIP_MIN}", install_with_pip, lock, Path(folder) / "pip", "--dry-run"
        )


def say_and_run(what: str, step: object, *arguments: object) -> None:
    """Does a step, and says that it went well."""
    assert callable(step)
    step(*arguments)
    print(f"locks: {what}: ok", flush=True)


def main() -> None:
    """`make lock` and `make lock-check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="install them into empty environments; change nothing")
    try:
        if parser.parse_args().check:
            check()
        else:
            for name in LOCKS:
                compile_lock(name, Path(name))
    except LockError as error:
        sys.exit(f"locks: {error}")


if __name__ == "__main__":
    main()
