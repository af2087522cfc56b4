"""A small chart as PNG, which all mail programs show."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from tilde.domain.stats.bars import bars_of

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
    line, ends = bars_of(values)
    zero = round((height - 1) * line)
    for nth, value in enumerate(values):
        left, right = nth * width // len(values), (nth + 1) * width // len(values) - 1 - _GAP
        end = round((height - 1) * ends[nth])
        if value:
            color = _LAST if nth == len(values) - 1 else _DAY
            draw.rectangle((left, min(zero, end), right, max(zero, end)), fill=color)
    draw.line((0, zero, width, zero), fill=_LINE)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
