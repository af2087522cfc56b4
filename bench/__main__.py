"""All benchmarks as tables, or those that are named: python -m bench [NAME...]"""

import argparse
import importlib
import subprocess
import sys
from collections.abc import Sequence

from bench.report import table

NAMES = (
    "edge",
    "neighbours",
    "commit",
    "processors",
    "sinks",
    "query",
    "core_api",
    "samples",
    "traffic",
    "people",
    "questions",
    "metrics",
    "statsmix",
    "upserts",
    "pipeline",
    "light",
    "white_label",
    "clocks",
    "faust",
)
OF_THEIR_OWN = (
    "sinks",
    "query",
    "core_api",
    "samples",
    "traffic",
    "people",
    "questions",
    "metrics",
    "faust",
)  # they open chDB, start a broker, or look for garbage as a role does: a process each, and print by themselves


def wanted(arguments: Sequence[str]) -> Sequence[str]:
    """The names of those to run, in the order that they are named. Raises SystemExit, which has said why: after help,
    and after a name that none has.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Runs benchmarks, and prints a table for each."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; all, where none is named")
    names: list[str] = parser.parse_args(arguments).names
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return names or NAMES


def main() -> None:
    """Prints a table for each."""
    for name in wanted(sys.argv[1:]):
        print(f"\n### {name}\n", flush=True)
        if name in OF_THEIR_OWN:
            subprocess.run([sys.executable, "-m", f"bench.bench_{name}"], check=True)
        else:
            print(table(importlib.import_module(f"bench.bench_{name}").run()), flush=True)


if __name__ == "__main__":
    main()
