"""What a network is put together from, checked before anything is built."""

import numbers

import numpy as np

from ..layers import GaussianCode
from ..noise import Noise
from ..settings.checks import positive_integer


def checked_noise(noise, in_shape):
    """Return a Noise that can act on samples of this shape, or None for None; ValueError for anything else."""
    if noise is not None:
        if not isinstance(noise, Noise):
            raise ValueError(f"noise must be None or a noise such as FlipPixels(2), got {noise!r}.")
        noise.check(in_shape)
    return noise


def ends_variational(encoder_layers, decoder_layers):
    """Return whether the encoder ends with a GaussianCode; ValueError if one stands anywhere else."""
    for name, layers in (("encoder", encoder_layers[:-1]), ("decoder", decoder_layers)):
        for index, layer in enumerate(layers):
            if isinstance(layer, GaussianCode):
                hint = "What comes behind it belongs into the decoder."
                raise ValueError(f"GaussianCode must be the encoder's last layer, got it as {name}.{index}. {hint}")
    return any(isinstance(layer, GaussianCode) for layer in encoder_layers[-1:])


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
