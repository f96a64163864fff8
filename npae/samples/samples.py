"""What a network learns from or looks at, as one value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, BoolArray, FloatArray, IntArray, Shape
from .rows import pick, walk


@dataclass(slots=True, eq=False)  # not frozen: a frozen one takes three times as long to make, at every evaluation
class Samples:
    """Samples with their targets and their mask, which fit one another: `samples.door` has checked that.

    Parameters
    ----------
    X : array of shape (N, ...)
        The samples.
    T : array of shape (N, ...), default None
        The targets; None means X itself.
    mask : bool array of shape (N, steps), default None
        False where a step of a series is padding; None means that there is no padding.
    names : array of object, default None
        The labels of the columns, if the data had any.
    weights : array of shape (N,), default None
        How much each sample counts, at least 0; None if all count alike.
    gaps : bool, default False
        Whether numbers may be NaN: not observed.
    """

    X: AnyArray
    T: AnyArray | None = None
    mask: BoolArray | None = None
    names: AnyArray | None = None
    weights: FloatArray | None = None
    gaps: bool = False
    _known: tuple[FloatArray | None, float | None] | None = field(default=None, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, rows: slice | IntArray) -> Samples:
        parts = (self.T, self.mask, self.weights)
        T, mask, weights = (None if array is None else pick(array, rows) for array in parts)
        return replace(self, X=pick(self.X, rows), T=T, mask=mask, weights=weights)

    def weighing(self, weights: FloatArray | None) -> Samples:
        """Return these samples with weights."""
        return replace(self, weights=weights)

    @property
    def shape(self) -> Shape:
        """The shape of one sample."""
        return self.X.shape[1:]

    @property
    def target(self) -> AnyArray:
        """What a prediction is compared with."""
        return self.X if self.T is None else self.T

    def of_targets(self) -> Samples:
        """Return the targets in place of the samples, with their weights, and the mask if they have its steps."""
        mask = self.mask if self.has_steps(self.target) else None
        return Samples(self.target, mask=mask, weights=self.weights)

    def mask_of(self, rows: slice | IntArray) -> BoolArray | None:
        """Return the mask of some of the samples."""
        return None if self.mask is None else self.mask[rows]

    def real(self, values: AnyArray) -> AnyArray:
        """Return the entries of `values`, an array like X or T, that are not padding; targets need not have steps."""
        return values[self.mask] if self.mask is not None and self.has_steps(values) else values

    def has_steps(self, values: AnyArray) -> bool:
        """Return whether an array like X or T has the steps that the mask speaks of."""
        return self.mask is not None and values.ndim == 3 and values.shape[1] == self.mask.shape[1]

    @property
    def relative_weights(self) -> FloatArray | None:
        """The weights divided by their mean; None without weights. If all are 0, they stay so."""
        if self.weights is None:
            return None
        relative, seen = self._known or (None, None)
        if relative is None:
            weights = self.weights / (self.weights.max() or 1.0)  # so that the mean cannot overflow
            relative = weights / (weights.mean() or 1.0)
            self._known = relative, seen
        return relative

    def average(self, values: AnyArray) -> AnyArray:
        """Return the mean of an array (N, ...) over the samples, by their weights."""
        weights = self.relative_weights
        if weights is None:
            mean: AnyArray = np.asarray(np.mean(values, axis=0, dtype=np.float64))
            return mean
        return np.tensordot(weights, values, 1) / len(self)

    @property
    def real_weights(self) -> FloatArray | None:
        """The weight of each row of what `real` returns; None without weights."""
        weights = self.relative_weights
        if weights is None or self.mask is None or not self.has_steps(self.target):
            return weights
        return np.broadcast_to(weights[:, None], self.mask.shape)[self.mask]

    def shares(self, rows: slice | IntArray | None = None) -> dict[str, Any]:
        """Return what a loss must know of a batch, all samples or those at `rows`, to be a weighted mean over it.

        That is `weights`, 1 on average over all samples, `real`, the share of steps that are not padding, and `seen`,
        that of their entries that are observed. The average over batches is then the loss of all samples.
        """
        weights, mask, whole = self.relative_weights, self.mask, self.real_share
        if rows is None or mask is None or whole is None:
            real = whole
        else:
            real = float(mask[rows].mean()) * (whole / float(mask.mean()))
        return {
            "weights": weights if rows is None or weights is None else weights[rows],
            "real": real,
            "seen": self.seen_share if self.gaps else 1.0,
        }

    def check_observed(self, what: str = "X") -> None:
        """Raise ValueError if samples may have gaps, and hold nothing else but padding."""
        parts = ((piece, self.mask_of(slice(start, start + len(piece)))) for start, piece in walk(self.X))
        if self.gaps and all(np.isnan(piece if mask is None else piece[mask]).all() for piece, mask in parts):
            raise ValueError(f"{what} must have a number in some row, got gaps alone.")

    @property
    def plain(self) -> bool:
        """Whether all samples count alike, and all their entries."""
        return self.weights is None and not self.gaps

    @property
    def seen_share(self) -> float:
        """The share of the target's entries that are observed, by weights, of those that are not padding."""
        _, known = self._known or (None, None)
        if known is None:
            every = self.relative_weights
            seen = whole = 0.0
            for start, piece in walk(self.target):
                rows = slice(start, start + len(piece))
                entries = ~np.isnan(piece)
                weights = np.ones(len(piece)) if every is None else every[rows]
                if self.mask is not None:
                    real = self.mask[rows]
                    entries &= real[:, :, None]
                    whole += float(weights @ real.sum(axis=1)) * piece.shape[2]
                else:
                    whole += float(weights.sum()) * math.prod(piece.shape[1:])
                seen += float(weights @ entries.reshape(len(piece), -1).sum(axis=1))
            known = seen / whole if seen else 1.0
            self._known = every, known
        return known

    @property
    def real_share(self) -> float | None:
        """The share of all steps that are not padding, by the weights of their samples; None without a mask."""
        if self.mask is None:
            return None
        return float(self.mask.mean() if self.weights is None else self.average(self.mask.mean(axis=1)))
