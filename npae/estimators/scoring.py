"""How well an autoencoder reconstructs samples, and which of them are anomalies: methods of Autoencoder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import metrics
from ..samples.pairs import refuse_targets
from ..samples.passed_on import passed_on
from ..samples.weights import weighted
from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import FEW, number_in
from .cutoff import EPSILON
from .predicting import admitted, admitted_pairs, computed

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


def score(
    self: Autoencoder,
    X: ArrayLike,
    y: object = None,
    *,
    target: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> float:
    """Return minus the mean squared error of the reconstruction: greater is better.

    Parameters
    ----------
    X, y, target, sample_weight, mask : as in `fit`
        The samples, nothing, the targets, the weights and the mask. A model that was fitted with targets needs them
        here too.

    Returns
    -------
    float
        The score, at most 0.

    Raises
    ------
    ValueError
        For samples or targets that do not look like those of `fit`.
    """
    refuse_targets(y, X)
    samples = weighted(admitted_pairs(self, X, target, mask, needs_mask=True), sample_weight)
    samples.check_observed()
    rebuilt = passed_on(self.reconstruct, samples.X, samples.mask)
    predicted = np.asarray(rebuilt).reshape(samples.target.shape)
    original, predicted = samples.real(samples.target), samples.real(predicted)
    if samples.plain:
        return -metrics.mse(original, predicted)
    errors = metrics.squared_errors(original, predicted, features=True)
    weights = samples.real_weights
    weights = np.ones(len(errors)) if weights is None else weights
    every = np.broadcast_to(np.reshape(weights, (-1, *(1,) * (errors.ndim - 1))), errors.shape)
    seen = ~np.isnan(original)
    return -float(np.average(errors[seen], weights=every[seen]))


def score_samples(
    self: Autoencoder,
    X: ArrayLike,
    *,
    target: ArrayLike | None = None,
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
    target : array of shape (N, ...), default None
        What reconstructions are compared with; None means X itself. A model that was fitted with targets needs them.
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
        The scores; NaN at steps of padding, and where nothing is observed.

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
    samples = admitted_pairs(self, X, target, mask)
    return computed(self, self.network_.errors, samples, steps=steps, features=features)


def threshold(
    self: Autoencoder,
    X: ArrayLike,
    quantile: float = 0.99,
    *,
    target: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    steps: bool = False,
) -> float:
    """Return the score that a given share of the scores of normal data does not exceed.

    It is the least score of X for which at least this share holds: the greatest one where X has few samples. If the
    model was not fitted to X, the rate of false alarms to expect is 1 - `quantile`, to within 1 / (N + 1), and at least
    1 / (N + 1): N samples cannot promise more. The model knows its training data better, so that a threshold from them
    is too low.

    Parameters
    ----------
    X : array of shape (N, D), or (N, ...) as in `fit`
        Normal samples.
    quantile : float, default 0.99
        The share, in [0, 1].
    target, mask, steps : as in `score_samples`
        The targets, the mask, and whether steps are scored.

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
    quantile = number_in("quantile", quantile, 0, 1)
    samples = admitted(self, X, mask)
    options: dict[str, Any] = {} if target is None else {"target": target}  # a subclass's method may know no targets
    scores = passed_on(self.score_samples, samples.X, samples.mask, steps=steps, **options)
    samples.check_observed()
    scores = np.sort(scores[~np.isnan(scores)])
    count = math.ceil(quantile * len(scores) * (1 - FEW * EPSILON))  # that must not exceed it; 0.1 * 7 of 10 are seven
    return float(scores[max(count, 1) - 1])
