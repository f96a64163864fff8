"""The circumstances of one pass through a network: mode, randomness, what the loss averages over, scratch memory."""

from __future__ import annotations

import math

import numpy as np

from ..settings.array_types import BoolArray, DTypeLike, FloatArray
from .scratch import Scratch


class Context:
    """What `forward` of a layer, a loss or a penalty is told about the pass that it is part of.

    One object serves one thread, pass after pass; `begin` says what is true of the next one.

    Parameters
    ----------
    dtype : dtype, default float64
        Of scratch memory.

    Attributes
    ----------
    training : bool
        Whether theta is being learned: noise and dropout act only then.
    rng : numpy.random.Generator or None
        The only source of randomness of a layer; None when not training.
    code_rng : numpy.random.Generator or None
        What the codes of a `GaussianCode` are drawn from: `rng` when training; otherwise None, or another generator if
        codes are drawn to measure a loss although nothing else is random.
    epoch : float
        Number of the current epoch, counted from 0; inf outside of training and after its end.
    samples : int
        Rows of the whole batch that the loss is averaged over; this pass may see a part of them. 0 if no loss is
        wanted.
    mask : array of bool (N, T) or None
        False where a step of the series is padding; None if none is.
    steps : int
        The steps T that the mask speaks of; 0 without a mask.
    real : float
        Share of the whole batch's steps that are not padding, by the weights of the samples; 1.0 without a mask.
    weights : array (N,) or None
        How much each row counts, 1 on average over the training data; None if all rows count alike.
    wants_gradient : bool
        False if no way back follows, so that `forward` need not keep anything for it.
    wants_dx : bool
        False while the backward pass is in the first layer, whose dx nobody reads.
    feeds_loss : bool
        True while the forward pass is in the last layer.
    observed : array of bool like the target, or None
        False where an entry of the target is not observed, while the loss looks at it; None if all are.
    seen : float
        Share of the training data's entries that are observed, by the weights of the samples, of those that are not
        padding.
    weighed : bool
        Whether a share of a row was asked for in this pass: what never asks does not weigh its rows.
    charged : float
        What the layers of this pass have added to the loss so far.
    charged_along : list of tuple
        Pairs (r, K r) of what layers that charge depend on, along a direction: see `charge_along`.
    factor_rng : numpy.random.Generator or None
        What Kronecker factors draw from, while they are made.
    factor_rows : tuple of slice and int, or None
        Which of how many samples these are then; None for all. Draws are for all, whoever looks at which.
    scratch : Scratch
        Memory that belongs to this pass. Results that outlive it are copied by the network.
    """

    def __init__(self, dtype: DTypeLike = np.float64):
        self.scratch, self.epoch = Scratch(dtype), math.inf
        self.observed: BoolArray | None = None
        self.charged_along: list[tuple[FloatArray, FloatArray]] = []
        self.factor_rng: np.random.Generator | None = None
        self.factor_rows: tuple[slice, int] | None = None
        self.begin(0)

    def begin(
        self,
        samples: int,
        rng: np.random.Generator | None = None,
        mask: BoolArray | None = None,
        real: float | None = 1.0,
        gradient: bool = True,
        code_rng: np.random.Generator | None = None,
        weights: FloatArray | None = None,
    ) -> None:
        """Begin a pass, one of training if it has an `rng`. The scratch memory of the pass before is free again.

        `real` None stands for what the mask says, if there is one.
        """
        self.samples, self.training, self.rng = samples, rng is not None, rng
        self.code_rng, self.charged = (code_rng if rng is None else rng), 0.0
        self.mask, self.wants_gradient = mask, gradient
        self.real = 1.0 if mask is None else float(real or mask.mean())
        self.weights, self.weighed, self.observed, self.seen = weights, False, None, 1.0
        self.steps = 0 if mask is None else mask.shape[1]
        self.wants_dx, self.feeds_loss = True, False
        self.scratch.rewind()

    def empty(self, *shape: int) -> FloatArray:
        """Return an uninitialised array that belongs to this pass: `scratch.empty(*shape)`."""
        return self.scratch.empty(*shape)

    def empty_like(self, x: FloatArray) -> FloatArray:
        """Return an uninitialised array of x's shape and memory order: `scratch.empty_like(x)`."""
        return self.scratch.empty_like(x)

    def charge(self, value: float) -> None:
        """Add a number to the loss of this pass; the caller adds its derivative on the way back."""
        self.charged += value

    def charge_along(self, r: FloatArray, Kr: FloatArray) -> None:
        """Note that what a layer charges has the curvature r^T K r along a direction, in which r is the change.

        K is the second derivative of the charge with respect to what r is the change of.
        """
        self.charged_along.append((r, Kr))

    def share_of_mean(self, z: FloatArray) -> float | FloatArray:
        """Return the weight of each number of z (N, ...) in the mean over the whole batch, which skips padding.

        It is a number, or if samples have weights an array (N, 1, ...), or if entries are not observed one like z.
        """
        share = len(z) / (self.samples * z.size)
        if self.masks(z):
            share /= self.real
        if self.observed is not None:
            share /= self.seen
        return share if self.weights is None and self.observed is None else self._by_weight(z, share)

    def share_of_samples(self, z: FloatArray, amount: float = 1.0) -> float | FloatArray:
        """Return the weight of each row of z (N, ...) in a mean over samples, amount / samples.

        It is a number or an array, as for `share_of_mean`.
        """
        share = amount / self.samples
        return share if self.weights is None and self.observed is None else self._by_weight(z, share)

    def _by_weight(self, z: FloatArray, share: float) -> FloatArray:
        """Return the shares of rows or entries, which broadcast against z; otherwise they would all be `share`."""
        self.weighed, shares = True, np.full((1,) * z.ndim, share)
        if self.weights is not None:
            shares = shares * self.weights.reshape(-1, *(1,) * (z.ndim - 1))
        if self.observed is not None:
            shares = shares * self.observed
        return shares.astype(self.scratch.dtype)

    def check_weighed(self, what: str, part: object) -> None:
        """Raise ValueError if a part of the network was asked for its share of the loss, and asked for no weights."""
        weighed, self.weighed = self.weighed, False
        if not weighed:
            hint = "Multiply by context.share_of_mean(z) or context.share_of_samples(z), and then add up."
            raise ValueError(
                f"{what} must weigh samples where these have weights, got {part!r}, which does not. {hint}"
            )

    def mean_of_rows(self, z: FloatArray) -> tuple[FloatArray, float]:
        """Return the mean of z (N, ...) over its rows by their weights, and what the rows weigh: 1 on average."""
        if self.weights is None:
            return z.mean(axis=0, dtype=np.float64), 1.0
        self.weighed, whole = True, float(self.weights.sum())
        return np.tensordot(self.weights, z, 1) / (whole or 1.0), whole / len(z)

    def blank(self, z: FloatArray) -> FloatArray:
        """Set the padding in z (N, T, C) to 0, in place, and return z."""
        mask = self.mask
        if mask is not None and self.masks(z):
            np.copyto(z, 0.0, where=~mask[:, :, None])
        return z

    def without_padding(self, x: FloatArray) -> FloatArray:
        """Return x, or if there is a mask a copy of x in which padding is 0."""
        if not self.masks(x):
            return x
        copy = self.scratch.empty(*x.shape)
        np.copyto(copy, x)
        return self.blank(copy)

    def masks(self, z: FloatArray) -> bool:
        """Return whether there is a mask, and z (N, T, C) still has the T steps of the series."""
        return self.mask is not None and z.ndim == 3 and z.shape[1] == self.steps
