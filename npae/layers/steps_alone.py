"""A network that sees each row of images, or each step of series, alone: meant for some series, and for no image."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from ..settings.array_types import Shape
from ..settings.callers import stacklevel_of_caller
from .dense import Dense
from .dropout import Dropout
from .gaussian_code import GaussianCode
from .layer import Layer

ALONE = (Dense, Dropout, GaussianCode)  # layers that treat the steps of a sample alike, and each by itself


def warn_of_steps_alone(layers: Sequence[Layer], in_shape: Shape) -> None:
    """Warn if the first layer that learns is a Dense, samples have rows or steps, and no layer connects these.

    A picture (H, W) looks like a series of H steps. An LSTM, a convolution, Flatten or another layer that connects
    steps says that series are meant, and so does a mask, for which this is not called.
    """
    first = next((i for i, layer in enumerate(layers) if isinstance(layer, Dense)), None)
    if len(in_shape) != 2 or in_shape[0] == 1 or first is None:
        return
    if not all(isinstance(layer, ALONE) or (layer.stochastic and not layer.parameters(in_shape)) for layer in layers):
        return
    T, D = in_shape
    message = (
        f"encoder.{first} (Dense) sees each of the {T} rows of a sample of shape {in_shape} alone, and no layer "
        f"connects them: the code of a sample has {T} rows too. Put npae.Flatten() first if samples such as images are "
        f"to be seen whole. For series whose steps are meant to be coded alone, give X.reshape(-1, {D}) or a mask."
    )
    warnings.warn(message, stacklevel=stacklevel_of_caller())
