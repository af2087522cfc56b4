"""Writes a float as answers show it: 3.0 becomes 3."""

WHOLE_MAX = 2.0**53  # above it a 64-bit float has no fractions, and JSON readers lose digits of integers


def number(value: float) -> int | float:
    """In the shortest form that reads back: 3, not 3.0."""
    return int(value) if float(value).is_integer() and abs(value) < WHOLE_MAX else value
