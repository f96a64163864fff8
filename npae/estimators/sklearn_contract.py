"""What scikit-learn expects of a transformer, a classifier and a detector of outliers, without importing scikit-learn.

The functions whose first argument is `self` are methods of Autoencoder, Classifier or AnomalyDetector.
"""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from .gaps import takes_gaps_of

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector
    from .autoencoder import Autoencoder
    from .classifier import Classifier

Kind = TypeVar("Kind", bound=Exception)


class NotFittedError(ValueError, AttributeError):
    """The estimator has not been fitted yet. Where scikit-learn is loaded, its own class is raised."""


def check_fitted(model: Autoencoder | Classifier | AnomalyDetector) -> None:
    """Raise NotFittedError if `fit` has not been called."""
    if not model.__sklearn_is_fitted__():
        error = sklearn_exception("NotFittedError", NotFittedError)
        raise error(f"{type(model).__name__} must be fitted before this, got an unfitted one. Call fit first.")


def sklearn_exception(name: str, ours: type[Kind]) -> type[Kind]:
    """Return scikit-learn's own exception class of that name if it is loaded, otherwise ours."""
    found: type[Kind] = getattr(sys.modules.get("sklearn.exceptions"), name, ours)
    return found


def transform(self: Autoencoder, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the codes of samples: scikit-learn's name for `encode`.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, L)
        The codes.
    """
    return self.encode(X, mask=mask)


def inverse_transform(self: Autoencoder, X: ArrayLike) -> FloatArray:
    """Return the predictions for codes: scikit-learn's name for `decode`.

    Parameters
    ----------
    X : array of shape (N, L)
        The codes.

    Returns
    -------
    array of shape (N, D)
        The predictions.
    """
    return self.decode(X)


def fit_transform(
    self: Autoencoder, X: ArrayLike, y: object = None, *, mask: ArrayLike | None = None, **fit_params: Any
) -> FloatArray:
    """Fit to samples and return their codes.

    Parameters
    ----------
    X, y, mask : as in `fit`
        The samples, nothing, and the mask.
    **fit_params : object
        Further arguments of `fit`.

    Returns
    -------
    array of shape (N, L)
        The codes.
    """
    return self.fit(X, y, mask=mask, **fit_params).transform(X, mask=mask)


def get_feature_names_out(self: Autoencoder, input_features: object = None) -> AnyArray:
    """Return the names of the code's entries, as scikit-learn's pipelines ask for them.

    Parameters
    ----------
    input_features : object, default None
        Ignored: codes have no counterpart among the features.

    Returns
    -------
    array of str, shape (L,)
        Such as "autoencoder0".
    """
    check_fitted(self)
    size, own = int(np.prod(self.network_.code_shape)), type(self).__name__.lower()
    return np.array([f"{own}{i}" for i in range(size)], dtype=object)


def transformer_tags(self: Autoencoder) -> Any:
    """Return scikit-learn's tags of a transformer."""
    from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

    return Tags(
        estimator_type=None,
        target_tags=TargetTags(required=False),
        transformer_tags=TransformerTags(preserves_dtype=[]),
        input_tags=InputTags(allow_nan=self.missing == "ignore"),
    )


def classifier_tags(self: Classifier) -> Any:
    """Return scikit-learn's tags of a classifier."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=True),
        classifier_tags=ClassifierTags(),
        input_tags=InputTags(allow_nan=takes_gaps_of(self.start) is True),
    )


def outlier_tags(self: AnomalyDetector) -> Any:
    """Return scikit-learn's tags of a detector of outliers."""
    from sklearn.utils import InputTags, Tags, TargetTags

    return Tags(
        estimator_type="outlier_detector",
        target_tags=TargetTags(required=False),
        input_tags=InputTags(allow_nan=getattr(self.autoencoder, "missing", "error") == "ignore"),
    )


def clone_with_start(self: Classifier) -> Classifier:
    """Return an unfitted copy with the same `start`: `clone` would copy that without its weights."""
    params = self.get_params(deep=False)
    return type(self)(**{**copy.deepcopy({**params, "start": None}), "start": params["start"]})
