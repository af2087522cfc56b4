"""The rows of a benchmark report, and how they are printed."""

from typing import NamedTuple


class Row(NamedTuple):
    """One figure: of what, its unit, the median, its ratio to the baseline of the same run, and the target."""

    what: str
    unit: str
    median: str
    ratio: str
    target: str


def table(rows: list[Row]) -> str:
    """As a Markdown table."""
    lines = [Row("what", "unit", "median", "ratio", "target"), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(Row._fields))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])
