"""A small chart as PNG, which all mail programs show."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 140, 32  # as it is shown; it is drawn twice as large, for screens with small dots
_SCALE, _GAP = 2, 2
_PALETTE = [255, 255, 255, 155, 188, 219, 31, 98, 158, 221, 221, 221]  # white, a day, the last day, the line of zero
_WHITE, _DAY, _LAST, _LINE = range(4)


def bars(values: Sequence[float]) -> bytes:
    """A bar for each value, the last one dark; those below zero go down from its line."""
    width, height = WIDTH * _SCALE, HEIGHT * _SCALE
    image = Image.new("P", (width, height), _WHITE)
    image.putpalette(_PALETTE)
    draw = ImageDraw.Draw(image)
    # Divided first: the sum of two very large numbers is none.
    largest = max(map(abs, values), default=0) or 1.0
    parts = [value / largest for value in values]
    top, bottom = max([0.0, *parts]), min([0.0, *parts])
    span = (top - bottom) or 1.0
    zero = round((height - 1) * top / span)
    for nth, part in enumerate(parts):
        left, right = nth * width // len(parts), (nth + 1) * width // len(parts) - 1 - _GAP
        end = round((height - 1) * (top - part) / span)
        if part:
            color = _LAST if nth == len(parts) - 1 else _DAY
            draw.rectangle((left, min(zero, end), right, max(zero, end)), fill=color)
    draw.line((0, zero, width, zero), fill=_LINE)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
