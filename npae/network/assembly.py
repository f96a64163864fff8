"""The parts of a network, checked before anything is built."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any
from typing import cast as cast_type

import numpy as np

from ..layers import GaussianCode, Layer
from ..noise import Noise
from ..settings.array_types import AnyArray, DTypeLike, Shape
from ..settings.checks import own_hint, positive_integer


def checked_noise(noise: Noise | None, in_shape: Shape) -> Noise | None:
    """Return a Noise that can act on samples of this shape, or None for None; ValueError for anything else."""
    if noise is not None:
        if not isinstance(noise, Noise):
            raise ValueError(
                f"noise must be None or a noise such as FlipPixels(2), got {noise!r}.{own_hint(noise, Noise)}"
            )
        noise.check(in_shape)
    return noise


def ends_variational(encoder_layers: Sequence[Layer], decoder_layers: Sequence[Layer]) -> bool:
    """Return whether the encoder ends with a GaussianCode; ValueError if there is one anywhere else."""
    for name, layers in (("encoder", encoder_layers[:-1]), ("decoder", decoder_layers)):
        for index, layer in enumerate(layers):
            if isinstance(layer, GaussianCode):
                hint = "Move the layers after it to the decoder."
                raise ValueError(f"GaussianCode must be the encoder's last layer, got it as {name}.{index}. {hint}")
    return any(isinstance(layer, GaussianCode) for layer in encoder_layers[-1:])


def check_dtype(dtype: DTypeLike) -> np.dtype[np.floating[Any]]:
    """Return float64 or float32 as a numpy dtype, or raise ValueError."""
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = np.dtype(object)
    if known not in (np.float64, np.float32):
        raise ValueError(f"dtype must be float64 or float32, got {dtype!r}.")
    return cast_type("np.dtype[np.floating[Any]]", known)


def checked_shape(shape: int | Sequence[int]) -> Shape:
    """Return the shape of one sample as a tuple of ints, or raise ValueError."""
    sizes = (shape,) if isinstance(shape, numbers.Integral) else shape
    if not isinstance(sizes, (tuple, list)) or not sizes:
        raise ValueError(f"in_shape must be the shape of one sample, such as (35,), got {shape!r}.")
    return tuple(positive_integer("in_shape", size) for size in sizes)


def cast(array: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return the array itself if it has the dtype; numbers too large for it become infinite, without a warning."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)
