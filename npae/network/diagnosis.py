"""What happens inside a network in one forward pass: the outputs of its layers, and where numbers stop being finite.

The functions whose first argument is `self` become methods of `Network`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..layers import Chain, Layer
from ..samples import Samples
from ..samples.door import match_inputs
from ..settings.array_types import ArrayLike, FloatArray
from .assembly import cast
from .sides import filled

if TYPE_CHECKING:
    from .network import Network


def outputs(
    self: Network, theta: ArrayLike, X: ArrayLike | Samples, *, mask: ArrayLike | None = None
) -> Iterator[tuple[str, Layer, FloatArray]]:
    """Yield name, layer and output of each layer in a forward pass.

    Parameters
    ----------
    theta, X, mask : as in `encode`
        The parameters, the samples, all at once, and their mask.

    Yields
    ------
    name : str
        Such as "encoder.0".
    layer : Layer
        The layer; the last one has no link.
    y : array of shape (N, ...)
        Its output, in scratch memory.
    """
    samples = match_inputs(X, mask, self.in_shape)
    x = cast(samples.X, self.dtype)
    x = x if self.fill is None else filled(x, self.fill)[0]
    x = x if self.scaling is None else self.scaling.scaled(x)
    with self.borrow() as workspace:
        workspace.bind(self.as_theta(theta))
        workspace.context.begin(len(x), mask=samples.mask)
        x = workspace.context.without_padding(x)
        stack = Chain("", self.layers, self.in_shape)
        names = [prefix for prefix, _ in self.encoder.groups + self.decoder.groups]
        yield from zip(names, self.layers, stack.outputs(x, workspace.params, workspace.context), strict=True)


def first_nonfinite(self: Network, theta: ArrayLike, X: ArrayLike | Samples, *, mask: ArrayLike | None = None) -> str:
    """Return the name of the first parameter, layer or value in a forward pass that is not finite.

    Parameters
    ----------
    theta, X, mask : as in `outputs`
        The parameters, samples and mask.

    Returns
    -------
    str
        Such as "parameter encoder.0.W", "layer decoder.1 (Dense)" or "the loss".
    """
    for name, view in self.parameters(theta).items():
        if not np.isfinite(view).all():
            return f"parameter {name}"
    for name, layer, y in self.outputs(theta, X, mask=mask):
        if not np.isfinite(y).all():
            return f"layer {name} ({type(layer).__name__})"
    return "the loss"
