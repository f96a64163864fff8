"""Checks for layers of series (T, C) and images (H, W, C): settings with a number per axis, and the form of samples."""

from __future__ import annotations

import math
import numbers

from ..settings.array_types import Shape

FORMS = {1: "series (T, C)", 2: "images (H, W, C)"}


def per_axis(what: str, value: object, rank: int, low: int = 1) -> Shape:
    """Return `rank` ints of at least `low`, from one for all axes or a tuple with one for each, or raise ValueError."""
    values = value if isinstance(value, tuple) else (value,) * rank
    if len(values) != rank or not all(_whole(number, low) for number in values):
        one_each = f", or a tuple of {rank}" if rank > 1 else ""
        raise ValueError(f"{what} must be an integer of at least {low}{one_each}, got {value!r}.")
    return tuple(map(int, values))


def paddings(value: object, extent: Shape) -> tuple[tuple[int, int], ...] | None:
    """Return a pair (before, after) for each axis, or None for "same"; `extent` is what a window spans of each axis.

    `value` is "same", "valid" (nothing), an integer for all sides, or a tuple with an integer or a pair for each axis;
    for one axis, its pair may stand alone. Raises ValueError for anything else, and if a window would see nothing but
    padding.
    """
    rank = len(extent)
    if isinstance(value, str) and value in ("same", "valid"):
        return None if value == "same" else ((0, 0),) * rank
    sides = value if isinstance(value, tuple) else (value,) * rank
    sides = (sides,) if rank == 1 and len(sides) == 2 else sides
    pairs = tuple(side if isinstance(side, tuple) else (side, side) for side in sides)
    if len(pairs) != rank or not all(len(pair) == 2 and all(_whole(n, 0) for n in pair) for pair in pairs):
        known = "'same', 'valid', an integer of at least 0 or a pair (before, after) of them for each axis"
        raise ValueError(f"padding must be {known}, got {value!r}.")
    if any(max(pair) >= span for pair, span in zip(pairs, extent, strict=True)):
        raise ValueError(f"padding must be less than the {format_sizes(extent)} that a window spans, got {value!r}.")
    return tuple((int(before), int(after)) for before, after in pairs)


def same_padding(size: Shape, extent: Shape, stride: Shape) -> tuple[tuple[int, int], ...]:
    """Return the pairs with which ceil(size / stride) windows fit: half of it before, rounded down, as in Keras."""
    axes = zip(size, extent, stride, strict=True)
    totals = [max((-(-n // step) - 1) * step + span - n, 0) for n, span, step in axes]
    return tuple((total // 2, total - total // 2) for total in totals)


def check_form(name: str, in_shape: Shape, rank: int) -> None:
    """Raise ValueError unless samples have `rank` axes and then channels; the message says how to reshape."""
    if len(in_shape) != rank + 1:
        raise ValueError(f"samples must be {FORMS[rank]} for {name}, got shape {in_shape}. {_hint(in_shape, rank)}")


def check_fit(extent: Shape, stride: Shape, padded: Shape) -> None:
    """Raise ValueError unless a window fits into the padded samples, and a stride does not lead out of them."""
    for what, sizes in (("window", extent), ("stride", stride)):
        if any(size > most for size, most in zip(sizes, padded, strict=True)):
            rule = f"at most the {format_sizes(padded)} of a sample with its padding"
            raise ValueError(f"{what} must be {rule}, got {format_sizes(sizes)}. Use a smaller one, or fewer layers.")


def format_sizes(sizes: Shape) -> str:
    """Return sizes as text: 3 x 4."""
    return " x ".join(map(str, sizes))


def _whole(number: object, low: int) -> bool:
    return isinstance(number, numbers.Integral) and not isinstance(number, bool) and int(number) >= low


def _hint(in_shape: Shape, rank: int) -> str:
    if len(in_shape) == rank:
        return f"Use X.reshape(-1, {', '.join(map(str, in_shape))}, 1)."
    side = math.isqrt(in_shape[0])
    if rank == 2 and len(in_shape) == 1 and side**2 == in_shape[0]:
        return f"Use X.reshape(-1, {side}, {side}, 1) for square ones of one channel."
    names = FORMS[rank].partition("(")[2]
    return f"Use X.reshape(-1, {names}."
