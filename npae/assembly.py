"""What a network is put together from, checked before anything is built."""

import numbers

import numpy as np

from .description import positive_integer
from .noise import Noise


def checked_noise(noise, in_shape):
    """Return a Noise that can act on samples of this shape, or None for None; ValueError for anything else."""
    if noise is not None:
        if not isinstance(noise, Noise):
            raise ValueError(f"noise must be None or a noise such as FlipPixels(2), got {noise!r}.")
        noise.check(in_shape)
    return noise


def check_dtype(dtype):
    """Return float64 or float32 as a numpy dtype, or raise ValueError."""
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = None
    if known not in (np.float64, np.float32):
        raise ValueError(f"dtype must be float64 or float32, got {dtype!r}.")
    return known


def checked_shape(shape):
    """Return the shape of one sample as a tuple of ints, or raise ValueError."""
    sizes = (shape,) if isinstance(shape, numbers.Integral) else shape
    if not isinstance(sizes, (tuple, list)) or not sizes:
        raise ValueError(f"in_shape must be the shape of one sample, such as (35,), got {shape!r}.")
    return tuple(positive_integer("in_shape", size) for size in sizes)


def cast(array, dtype):
    """Return array itself where it has the dtype; what is too large for it becomes infinite, without a warning."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)
