"""What makes samples pictures: their shape (H, W, C), and the values from white to black."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, Shape
from ..settings.checks import within
from ..settings.data_set import DataSet
from .fonts import Font

PictureShape: TypeAlias = tuple[int, int] | tuple[int, int, int] | Font  # as a user gives it

CHANNELS = (1, 3, 4)  # numbers per pixel: grey; red, green and blue; these and alpha
OVERSHOOT = 0.2  # by which most decoded values of data in [0, 1] leave it at most


def samples_for(data: Font | ArrayLike, in_shape: Shape = ()) -> Any:
    """Return the samples of a data set, in the shape that a network takes if they fit it, or other data as it is."""
    if not isinstance(data, DataSet):
        return data
    samples = data.samples
    fits = math.prod(in_shape) == math.prod(samples.shape[1:])
    return samples.reshape(-1, *in_shape) if fits else samples


def labels_of(data: Font | ArrayLike | None, labels: Any = None) -> Any:
    """Return the labels given, or those of a data set, or None."""
    return data.labels if labels is None and isinstance(data, DataSet) else labels


def known_shape(data: Font | ArrayLike | None, in_shape: Shape = ()) -> Shape:
    """Return the shape of pictures: that of a data set, or the axes of samples (N, H, W[, C]), or `in_shape`."""
    if isinstance(data, DataSet):
        return tuple(data.picture_shape)
    axes: Shape = np.shape(data)[1:] if data is not None else ()
    return axes if len(axes) > 1 else in_shape


def picture_shape(shape: PictureShape | None, size: int, known: Shape = (), bring: str = "") -> tuple[int, int, int]:
    """Return the (H, W, C) of pictures of `size` numbers, or raise ValueError.

    `shape` is (H, W), (H, W, C), a Font, or None for `known`, the shape that the samples bring along. The channels
    that (H, W) lacks are those of `known`. `bring` says in the message what would bring a shape along, such as
    "data=font, ".
    """
    wanted: Any = known if shape is None else shape.picture_shape if isinstance(shape, DataSet) else shape
    if np.ndim(wanted) == 1 and len(wanted) in (2, 3):
        H, W, *given = wanted
        whole = all(isinstance(n, (int, np.integer)) and n > 0 for n in wanted)
        own = known[2:] if tuple(known[:2]) == (H, W) else ()
        for C in given or [1, *own]:
            if whole and C in CHANNELS and size == H * W * C:
                return int(H), int(W), int(C)
    rules = [f"(H, W{'' if C == 1 else f', {C}'}) with H * W = {size // C}" for C in CHANNELS if size % C == 0]
    rule = " or ".join([", ".join(rules[:-1]), rules[-1]] if rules[1:] else rules)
    got = f"an array of shape {np.shape(wanted)}" if np.ndim(wanted) > 1 else f"{None if shape is None else wanted}"
    raise ValueError(f"shape must be {rule}, got {got}.{_hint(shape, known, bring)}")


def _hint(shape: PictureShape | None, known: Shape, bring: str) -> str:
    if shape is None and len(known) < 2:
        return f" Give {bring}shape=(H, W), or shape=font."
    if shape is None:
        return f" The samples' own shape {tuple(known)} is no picture of 1, 3 or 4 channels."
    return ""


def value_range(values: ArrayLike, channels: int = 1) -> tuple[float, float]:
    """Return the values to draw as white and as black (of a colour: as none of it and as all of it).

    They are (0, 1) for values within, (0, 255) for colours that are bytes, and otherwise the least and the greatest.
    Values that are not finite do not count. A constant c gives (c, c + 1).
    """
    array = np.asarray(values)
    low, high = _extremes(array)
    if within(low, high, 0, 1):
        return 0.0, 1.0
    if channels > 1 and array.dtype == np.uint8:
        return 0.0, 255.0
    return low, high if high > low else low + max(1.0, 1e-9 * abs(low))


def decoded_range(pictures: ArrayLike, channels: int = 1) -> tuple[float, float]:
    """Return `value_range` of decoded pictures, but (0, 1) if they reach both and overshoot them but little."""
    low, high = value_range(pictures, channels)
    if -1 <= low <= OVERSHOOT and 1 - OVERSHOOT <= high <= 2:
        least, most = np.nanquantile(np.asarray(pictures, dtype=float), [0.05, 0.95])
        if least >= -OVERSHOOT and most <= 1 + OVERSHOOT:
            return 0.0, 1.0
    return low, high


def _extremes(array: AnyArray) -> tuple[float, float]:
    """Return the least and the greatest finite value, or 0 and 1 if there is none."""
    if array.size == 0:
        return 0.0, 1.0
    low, high = float(np.min(array)), float(np.max(array))
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    return _extremes(array[np.isfinite(array)])
