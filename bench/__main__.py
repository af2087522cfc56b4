"""All benchmarks, or those named, as tables: python -m bench [edge] [processors] [sinks] [query] [pipeline] [faust]"""

import importlib
import sys

from bench.report import table

NAMES = ("edge", "processors", "sinks", "query", "pipeline", "faust")


def main() -> None:
    """Prints a table for each."""
    for name in sys.argv[1:] or NAMES:
        rows = importlib.import_module(f"bench.bench_{name}").run()
        print(f"\n### {name}\n\n{table(rows)}", flush=True)


if __name__ == "__main__":
    main()
