"""How a fitted classifier looks at data: labels, their probabilities, and how many are right: methods of Classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..samples.masks import check_mask_given, mask_option
from ..samples.weights import check_weights
from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from .class_labels import check_labels
from .predicting import admitted, computed

if TYPE_CHECKING:
    from .classifier import Classifier


def encode(self: Classifier, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the codes of samples.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, L)
        The codes.
    """
    samples = admitted(self, X, mask)
    return computed(self, self.network_.encode, samples)


def predict(self: Classifier, X: ArrayLike, *, mask: ArrayLike | None = None) -> AnyArray:
    """Return the most probable label of each sample.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N,)
        The labels.
    """
    probabilities = self.predict_proba(X, **mask_option(mask))
    labels: AnyArray = self.classes_[probabilities.argmax(axis=1)]
    return labels


def predict_proba(self: Classifier, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the probability of each of `classes_`.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, K)
        The probabilities; each row adds up to 1.
    """
    samples = admitted(self, X, mask)
    return computed(self, self.network_.reconstruct, samples)


def predict_log_proba(self: Classifier, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the logarithm of the probability of each of `classes_`.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, K)
        The logarithms, finite where a probability is rounded to 0.
    """
    codes = self.encode(X, **mask_option(mask))
    z = self.network_.logits(self.theta_, codes)
    z -= z.max(axis=1, keepdims=True)
    logarithms: FloatArray = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return logarithms


def score(
    self: Classifier,
    X: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> float:
    """Return the accuracy: the share of samples whose predicted label is that in y.

    Parameters
    ----------
    X, y, sample_weight, mask : as in `fit`
        The samples, their labels, weights and mask.

    Returns
    -------
    float
        From 0 to 1.
    """
    if getattr(self, "_masked", False):
        check_mask_given(mask, None, "X")
    predicted = self.predict(X, **mask_option(mask))
    pairs = zip(predicted.tolist(), check_labels(y, len(predicted)).tolist(), strict=True)
    right = [a == b for a, b in pairs]
    weights = check_weights(sample_weight, len(predicted))
    return sum(right) / len(predicted) if weights is None else float(np.average(right, weights=weights))
