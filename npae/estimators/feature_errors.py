"""Which feature makes a sample strange: errors of features as multiples of what is usual for each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..metrics import squared_errors
from ..samples import Samples
from ..samples.passed_on import passed_on
from ..samples.rows import slices
from ..settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray
from ..settings.checks import positive_integer

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector
    from .autoencoder import Autoencoder

NUMBERS = 2**20  # most errors of features that are held at a time


def explain(self: AnomalyDetector, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the error of each feature as a multiple of its usual error: what makes a sample strange.

    Usual is the mean over the training samples that are no anomalies, for each feature its own. So a feature with
    great numbers, or one that is always reconstructed badly, does not win for that reason. A feature that was the same
    in all of these samples is strange only where it differs.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of the shape of X
        The squared error of each feature, divided by `usual_errors_`; NaN at steps of padding, and at gaps.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.
    """
    samples = self._admitted(X, mask)
    errors = errors_of_features(self.autoencoder_, samples) / self.usual_errors_
    errors[self._constants == samples.X] = 0
    return errors if samples.mask is None else np.where(samples.mask[:, :, None], errors, np.nan)


def worst_features(self: AnomalyDetector, X: ArrayLike, n: int = 1, *, mask: ArrayLike | None = None) -> AnyArray:
    """Return the features with the greatest errors by `explain`, the worst first.

    The feature that failed may be the second or third: where the code follows it, its neighbours are reconstructed
    badly instead. Ask for a few, such as `n=3`. A narrower code follows a single feature less.

    Parameters
    ----------
    X : array of shape (N, D), or of series (N, T, C)
        The samples. Of series, the mean over the steps of each channel counts.
    n : int, default 1
        How many features, at most D or C.
    mask : bool array of shape (N, T), default None
        False where a step of the series X is padding.

    Returns
    -------
    array of shape (N, n)
        The names of the columns if `fit` had a DataFrame, otherwise their numbers or those of channels.

    Raises
    ------
    ValueError
        For another `n`, and for samples of another kind, such as images.
    """
    errors = self.explain(X, mask=mask)
    if errors.ndim > 3:
        hint = "Use explain(X), which has a number for each pixel."
        raise ValueError(f"X must be a table (N, D) or series (N, T, C), got shape {errors.shape}. {hint}")
    if positive_integer("n", n) > errors.shape[-1]:
        raise ValueError(f"n must be at most the number of features, {errors.shape[-1]}, got {n}.")
    if errors.ndim == 3:
        seen = ~np.isnan(errors)
        errors = np.sum(errors, axis=1, where=seen) / np.where(seen.any(axis=1), seen.sum(axis=1), np.nan)
    order = np.argsort(-errors, axis=1, kind="stable")[:, :n]
    names = getattr(self, "feature_names_in_", None)
    return order if names is None else names[order]


def usual_errors(model: Autoencoder, samples: Samples, normal: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the usual error of each feature over the normal samples, and the values of those that never vary.

    The usual error is the mean squared one, at least that of a hundredth of the feature's range: where a feature is
    reconstructed exactly, rounding is not strange. The values are NaN for features that vary.
    """
    total, count = np.zeros((2, *samples.shape))
    weights = samples.relative_weights
    least, greatest = np.full(samples.shape, np.inf), np.full(samples.shape, -np.inf)
    for rows in slices(slice(0, len(samples)), max(1, NUMBERS // math.prod(samples.shape))):
        counting = normal[rows] if weights is None else normal[rows] & (weights[rows] > 0)
        part = samples[rows][np.flatnonzero(counting)]
        if len(part):
            errors, x = errors_of_features(model, part), np.asarray(part.X, dtype=np.float64)
            real = ~np.isnan(errors)
            if weights is None:
                total += np.nansum(errors, axis=0)
                count += real.sum(axis=0)
            else:
                total += np.tensordot(weights[rows][counting], np.where(real, errors, 0.0), 1)
                count += np.tensordot(weights[rows][counting], real, 1)
            least = np.minimum(least, x.min(axis=0, where=real, initial=np.inf))
            greatest = np.maximum(greatest, x.max(axis=0, where=real, initial=-np.inf))
    varies = greatest > least  # false too for steps that are always padding
    range_ = np.subtract(greatest, least, where=varies, out=np.zeros(samples.shape))
    usual = np.maximum(total / np.where(count > 0, count, 1), (range_ / 100) ** 2)
    usual[usual == 0] = usual[usual > 0].min(initial=1.0)
    return usual, np.where(varies, np.nan, least)


def errors_of_features(model: Autoencoder, samples: Samples) -> FloatArray:
    """Return the squared error of each feature in the units of the data; NaN at steps of padding, and at gaps."""
    rebuilt = passed_on(model.reconstruct, samples.X, samples.mask)
    return squared_errors(samples.X, rebuilt, samples.mask, features=True)
