"""Sizes as the webGUI writes them, without the space and trailing zeros: ``1.02TB``.

The webGUI's my_scale (plugins/dynamix/include/Helpers.php) divides by 1000 and rounds
half up. From 995 on, a value would round to 1000 at two digits, so it switches to the
next unit. All values are integers, which avoids rounding errors of floats.
"""

from typing import Final

UNITS: Final = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
LAST: Final = len(UNITS) - 1


def size_text(size: int) -> str:
    """Write a device's *size* in bytes as Main shows it: one decimal below 100."""
    unit, scale = _scaled(size)
    return _text(size, scale, 0 if size >= 100 * scale else 1) + unit


def space_text(space: int) -> str:
    """Write used or free *space* in bytes as Main shows it: three digits."""
    unit, scale = _scaled(space)
    return _text(space, scale, 0 if space >= 100 * scale else 1 if space >= 10 * scale else 2) + unit


def _scaled(value: int) -> tuple[str, int]:
    power = 0
    while power < LAST and value >= 995 * 1000**power:
        power += 1
    return UNITS[power], 1000**power


def _text(value: int, scale: int, decimals: int) -> str:
    if value < scale:
        # 995 to 999 of the smaller unit: the webGUI calls it one of the larger.
        return "1" if scale > 1 else str(value)
    shift = 10**decimals
    rounded = (2 * value * shift + scale) // (2 * scale)
    whole, fraction = divmod(rounded, shift)
    return f"{whole}.{fraction:0{decimals}}".rstrip("0") if fraction else str(whole)
