"""What scikit-learn expects of a transformer, a classifier and a detector of outliers, without importing scikit-learn.

The functions whose first argument is `self` are methods of Autoencoder, Classifier or AnomalyDetector.
"""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from .gaps import takes_gaps_of

if TYPE_CHECKING:
    from .anomaly_detector import AnomalyDetector
    from .autoencoder import Autoencoder
    from .classifier import Classifier
    from .estimator import Estimator

KEPT = ("start",)  # parameters that hold fitted models
Kind = TypeVar("Kind", bound=Exception)


class NotFittedError(ValueError, AttributeError):
    """The estimator has not been fitted yet. Where scikit-learn is loaded, its own class is raised.

    Examples
    --------
    >>> import npae
    >>> npae.Autoencoder([2]).encode([[0.0, 1.0]])  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    NotFittedError: Autoencoder must be fitted before this, got an unfitted one. Call fit first.
    """


def check_fitted(model: Autoencoder | Classifier | AnomalyDetector) -> None:
    """Raise NotFittedError if `fit` has not been called."""
    if not model.__sklearn_is_fitted__():
        error = sklearn_exception("NotFittedError", NotFittedError)
        raise error(f"{type(model).__name__} must be fitted before this, got an unfitted one. Call fit first.")


def sklearn_exception(name: str, ours: type[Kind]) -> type[Kind]:
    """Return scikit-learn's own exception class of that name if it is loaded, otherwise ours."""
    found: type[Kind] = getattr(sys.modules.get("sklearn.exceptions"), name, ours)
    return found


def transformer_tags(self: Autoencoder) -> Any:
    """Return scikit-learn's tags of a transformer."""
    from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

    return Tags(
        estimator_type=None,
        target_tags=TargetTags(required=False),
        transformer_tags=TransformerTags(preserves_dtype=[]),
        input_tags=InputTags(three_d_array=True, allow_nan=self.missing == "ignore"),
    )


def classifier_tags(self: Classifier) -> Any:
    """Return scikit-learn's tags of a classifier."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=True),
        classifier_tags=ClassifierTags(),
        input_tags=InputTags(three_d_array=True, allow_nan=takes_gaps_of(self.start) is True),
    )


def outlier_tags(self: AnomalyDetector) -> Any:
    """Return scikit-learn's tags of a detector of outliers."""
    from sklearn.utils import InputTags, Tags, TargetTags

    missing = getattr(self.autoencoder, "missing", "error") if self.missing is None else self.missing
    return Tags(
        estimator_type="outlier_detector",
        target_tags=TargetTags(required=False),
        input_tags=InputTags(three_d_array=True, allow_nan=missing == "ignore"),
    )


def sklearn_clone(self: Estimator) -> Estimator:
    """Return an unfitted copy with the same parameters, requests and output: what `sklearn.base.clone` calls.

    Models that training begins with are not copied: `clone` would copy them without their weights.
    """
    from sklearn.base import clone

    params = self.get_params(deep=False).items()
    copied = type(self)(**{name: value if name in KEPT else clone(value, safe=False) for name, value in params})
    for name in ("_requests", "_sklearn_output_config"):
        if name in self.__dict__:
            copied.__dict__[name] = copy.deepcopy(self.__dict__[name])
    return copied


def diagram(self: Estimator) -> str | None:
    """Return scikit-learn's diagram for a notebook, or None, for the text, where scikit-learn would show none."""
    sklearn = sys.modules.get("sklearn")
    if sklearn is None or sklearn.get_config()["display"] != "diagram":
        return None
    from sklearn.utils import estimator_html_repr

    html: str = estimator_html_repr(self)
    return html
