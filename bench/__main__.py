"""All benchmarks as tables, or those of NAMES that are named: python -m bench [NAME...]"""

import importlib
import subprocess
import sys

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


def main() -> None:
    """Prints a table for each."""
    for name in sys.argv[1:] or NAMES:
        print(f"\n### {name}\n", flush=True)
        if name in OF_THEIR_OWN:
            subprocess.run([sys.executable, "-m", f"bench.bench_{name}"], check=True)
        else:
            print(table(importlib.import_module(f"bench.bench_{name}").run()), flush=True)


if __name__ == "__main__":
    main()
