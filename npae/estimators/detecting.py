"""How a fitted detector judges samples, with scikit-learn's names and signs: methods of AnomalyDetector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..samples.pairs import refuse_targets
from ..samples.weights import check_weights
from ..settings.array_types import ArrayLike, FloatArray, IntArray

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector


def predict(self: AnomalyDetector, X: ArrayLike, *, mask: ArrayLike | None = None) -> IntArray:
    """Return -1 for anomalies and 1 for other samples.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    integer array of shape (N,)
        -1 where `decision_function` is negative, otherwise 1.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.
    """
    return np.where(self.decision_function(X, mask=mask) < 0, -1, 1)


def decision_function(self: AnomalyDetector, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return how far each sample is from being an anomaly: negative for anomalies.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N,)
        `score_samples` minus `offset_`.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.
    """
    return self.score_samples(X, mask=mask) - self.offset_


def score_samples(self: AnomalyDetector, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return minus the mean squared error of each sample's reconstruction: smaller is stranger.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N,)
        The scores, at most 0; NaN for samples of which nothing is observed, which are no anomalies.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.
    """
    return self._scores(self._admitted(X, mask))


def score(
    self: AnomalyDetector,
    X: ArrayLike,
    y: object = None,
    *,
    sample_weight: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> float:
    """Return the mean of `score_samples`, which is greater for an autoencoder that knows the data better.

    Searches such as GridSearchCV maximise it. Where it is known which samples are anomalies, give the search
    labels y of -1 and 1 and `scoring="roc_auc"` instead.

    Parameters
    ----------
    X, y, sample_weight, mask : as in `fit`
        The samples, nothing, their weights, and the mask.

    Returns
    -------
    float
        The score, at most 0.
    """
    refuse_targets(y, X, "A detector compares samples with their reconstructions.")
    scores = self._scores(self._admitted(X, mask, needs_mask=True))
    weights, known = check_weights(sample_weight, len(scores)), ~np.isnan(scores)
    return float(np.average(scores[known], weights=None if weights is None else weights[known]))
