"""The two sides of a pass: samples as the encoder sees them, and targets as the loss does. Gaps filled, both scaled.

The functions whose first argument is `self` become methods of `Network`.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from ..layers.scratch import Scratch
from ..settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray
from .scaling import SAME, Scaling

if TYPE_CHECKING:
    from .network import Network


def scaled_by(self: Network, scaling: Scaling | None, target_scaling: Scaling | str | None = SAME) -> Network:
    """Return this network with another scaling.

    Parameters
    ----------
    scaling : Scaling or None
        How samples are scaled on the way in; None for not at all.
    target_scaling : Scaling or None, default "same"
        How targets are scaled; "same" stands for `scaling`.

    Returns
    -------
    Network
        A copy.
    """
    other = copy.copy(self)
    take_scaling(other, scaling, target_scaling)
    return other


def filled_by(self: Network, fill: FloatArray | None, completes: bool = False) -> Network:
    """Return this network with other numbers for entries that are not observed.

    Parameters
    ----------
    fill : array of shape (C,) or of the shape of a sample, or None
        What enters for an entry that is not observed; None takes no gaps.
    completes : bool, default False
        Whether predictions are samples again, and take the place of these numbers.

    Returns
    -------
    Network
        A copy.
    """
    other = copy.copy(self)
    take_fill(other, fill, completes)
    return other


def take_scaling(network: Network, scaling: Scaling | None, target_scaling: Scaling | str | None) -> None:
    """Take over a scaling: of samples, of targets, and of the loss, which is measured in the units of targets."""
    if scaling is not None:
        scaling.check(network.in_shape)
    own = scaling if isinstance(target_scaling, str) else target_scaling
    own = None if network.loss.restricts_targets else own
    if own is not None and own is not scaling:
        own.check(network.out_shape)
    network.scaling, network.target_scaling, network._unscaled = scaling, own, scaling is None and own is None
    unit = 1.0 if network.target_scaling is None else network.target_scaling.error_unit
    smallest = float(np.finfo(network.dtype).tiny)
    network.loss_unit = unit if smallest**0.8 < unit < smallest**-0.8 else 1.0  # gradients must not under- or overflow


def take_fill(network: Network, fill: ArrayLike | None, completes: bool) -> None:
    """Take over the numbers for entries that are not observed, and whether predictions take their place."""
    network.fill, network.completes = None if fill is None else np.asarray(fill, network.dtype), completes


def filled(x: AnyArray, fill: FloatArray | float) -> tuple[AnyArray, BoolArray | None]:
    """Return x with `fill` in place of NaN, and where that is, or x itself and None if there is none."""
    gaps = np.isnan(x)
    return (np.where(gaps, fill, x).astype(x.dtype, copy=False), gaps) if gaps.any() else (x, None)


def both_filled(
    network: Network, X: FloatArray, T: FloatArray, seen: float
) -> tuple[FloatArray, FloatArray, BoolArray | None]:
    """Return samples and targets without gaps, and where the targets are observed; None for everywhere."""
    assert network.fill is not None
    x, gaps = filled(X, network.fill)
    if T is X:
        t = x
    else:
        t, gaps = filled(T, 0.0)
    if gaps is not None:
        return x, t, ~gaps
    return x, t, np.ones(t.shape, bool) if seen != 1.0 else None


def both_scaled(
    network: Network, X: FloatArray, clean: FloatArray, T: FloatArray, scratch: Scratch
) -> tuple[FloatArray, FloatArray]:
    """Return samples and targets as encoder and loss see them; `clean` is what noise made X of."""
    x = X if network.scaling is None else network.scaling.into(X, scratch)
    if network.target_scaling is None:
        return x, T
    same = T is clean is X and network.target_scaling is network.scaling
    return x, x if same else network.target_scaling.into(T, scratch)
