"""How well an autoencoder reconstructs samples, and which of them are anomalies: methods of Autoencoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import metrics
from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import number_in
from .predicting import admitted, computed

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


def score(self: Autoencoder, X: ArrayLike, y: object = None, *, mask: ArrayLike | None = None) -> float:
    """Return minus the mean squared error of the reconstruction: greater is better.

    Parameters
    ----------
    X, y, mask : as in `fit`
        The samples, nothing, and the mask.

    Returns
    -------
    float
        The score, at most 0.
    """
    samples, reconstruction = admitted(self, X, mask, needs_mask=True), self.reconstruct(X, mask=mask)
    return -metrics.mse(samples.real(samples.X), samples.real(np.asarray(reconstruction).reshape(samples.X.shape)))


def score_samples(
    self: Autoencoder,
    X: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    steps: bool = False,
    features: bool = False,
) -> FloatArray:
    """Return how badly each sample is reconstructed, its mean squared error: greater is stranger.

    A model that was fitted to normal data reconstructs similar samples well, and others badly. In scikit-learn,
    methods of this name give normal samples the greater scores: use `npae.AnomalyDetector` there. The reconstruction
    is not kept, so X may be larger than memory.

    Parameters
    ----------
    X : array of shape (N, D), or (N, ...) as in `fit`
        The samples.
    mask : bool array of shape (N, T), default None
        False where a step of the series X is padding, which does not count.
    steps : bool, default False
        Whether each step of series X (N, T, C) gets a score of its own. `npae.series.overlap_mean` turns scores of
        windows into those of the recording that the windows were cut from.
    features : bool, default False
        Whether each feature gets a score of its own, its squared error: which sensor, pixel or channel is strange?

    Returns
    -------
    array of shape (N,), (N, T) with `steps`, or the shape of X with `features`
        The scores; NaN at steps of padding.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`, and for `steps` where samples are not series.

    Examples
    --------
    >>> import numpy as np, npae
    >>> X = np.random.default_rng(0).standard_normal((200, 1)) * np.ones(4)  # four sensors of one thing
    >>> ae = npae.Autoencoder([1], activation="identity", epochs=1000, random_state=0).fit(X)
    >>> int(ae.score_samples([[1, 1, -1, 1]], features=True).argmax())
    2
    """
    samples = admitted(self, X, mask)
    return computed(self, self.network_.errors, samples, steps=steps, features=features)


def threshold(
    self: Autoencoder,
    X: ArrayLike,
    quantile: float = 0.99,
    *,
    mask: ArrayLike | None = None,
    steps: bool = False,
) -> float:
    """Return the score that a given share of the scores of normal data does not exceed.

    It is the least score of X for which at least this share holds: the greatest one where X has few samples. If the
    model was not fitted to X, 1 - `quantile` is the rate of false alarms to expect, but never less than 1 / (N + 1):
    N samples cannot promise more. The model knows its training data better, so that a threshold from them is too low.

    Parameters
    ----------
    X : array of shape (N, D), or (N, ...) as in `fit`
        Normal samples.
    quantile : float, default 0.99
        The share, in [0, 1].
    mask, steps : as in `score_samples`
        The mask, and whether steps are scored.

    Returns
    -------
    float
        The threshold.

    Raises
    ------
    ValueError
        For a quantile outside [0, 1], and what `score_samples` raises.

    Examples
    --------
    >>> import numpy as np, npae
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 1)) + 0.1 * rng.standard_normal((300, 4))  # four numbers, almost equal
    >>> ae = npae.Autoencoder([1], activation="identity", epochs=500, random_state=0).fit(X[:200])
    >>> ae.score_samples([[1, 1, 1, 1], [1, 1, 1, -1]]) > ae.threshold(X[200:])
    array([False,  True])
    """
    number_in("quantile", quantile, 0, 1)
    scores = self.score_samples(X, mask=mask, steps=steps)
    scores = np.sort(admitted(self, X, mask).real(scores) if steps else scores, axis=None)
    shares = np.arange(1, len(scores) + 1) / len(scores)  # of the scores that do not exceed each of them
    return float(scores[np.searchsorted(shares, quantile)])
