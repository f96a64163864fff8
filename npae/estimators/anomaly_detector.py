"""Anomalies: samples that an autoencoder reconstructs worse than the others, and the features that are to blame."""

from __future__ import annotations

import copy
import dataclasses
import math
import os
import warnings
from typing import Any, TypeVar

import numpy as np

from ..samples import Samples
from ..samples.moments import moments_of
from ..samples.pairs import refuse_targets
from ..samples.passed_on import passed_on
from ..samples.weights import check_weights
from ..settings.array_types import ArrayLike, FloatArray, IntArray
from ..settings.callers import stacklevel_of_caller
from ..settings.data_set import samples_of
from . import detecting, feature_errors, notebook_view, saving, sklearn_contract
from .autoencoder import Autoencoder
from .column_doubts import UNEVEN, uneven_columns
from .cutoff import Contamination, checked_contamination, counts_of, cutoff
from .estimator import Estimator
from .predicting import schema_of
from .verdict import NeglectedColumns
from .wide_codes import too_wide_code

Self = TypeVar("Self", bound="AnomalyDetector")
SIX = 6  # features from which on the default code has two numbers
INNER = "autoencoder__"  # what the names of the autoencoder's parameters begin with


class AnomalyDetector(Estimator):
    """Finds samples that an autoencoder reconstructs badly, and says which features are to blame.

    Its methods have scikit-learn's names and signs: -1 and small scores are anomalies.

    Parameters
    ----------
    autoencoder : Autoencoder, default None
        What learns the data; `fit` trains a copy. None stands for `Autoencoder([2], scale="columns")`, with a code
        of one number for fewer than six features. It counts columns alike whatever their units are, and being linear
        it learns no single sample by heart. Give one with hidden layers if features depend on each other in curves,
        and with `scale="columns"` if the columns have units of their own.
    contamination : "auto" or float, default "auto"
        The share of the training samples, in ]0, 0.5], that are anomalies: no more than this share is called so.
        "auto" asks for no share. It draws Tukey's fence [1]_ through the root errors of the training samples: 1.5
        interquartile ranges above the upper quartile. Of normally distributed errors, 0.3 to 2 % lie beyond it.
    random_state : int or numpy.random.Generator, default None
        The source of randomness; None takes the autoencoder's.
    missing : "error" or "ignore", default None
        What to do with gaps (NaN), as in `Autoencoder`: with "ignore" they count nowhere, and `explain` is NaN there.
        None does as the autoencoder says; the default one refuses gaps.

    Attributes
    ----------
    autoencoder_ : Autoencoder
        The fitted copy.
    offset_ : float
        What `decision_function` subtracts from the scores: minus `threshold_`.
    usual_errors_ : array of the shape of a sample
        The mean squared error of each feature over the training samples that are no anomalies, and at least the square
        of a hundredth of its range there.
    decision_scores_ : array of shape (N,)
        PyOD's name: the errors of the training samples, greater is stranger.
    threshold_ : float
        PyOD's name: the error above which a sample is an anomaly.
    labels_ : integer array of shape (N,)
        PyOD's name: 1 for each training sample that is an anomaly, otherwise 0.
    n_features_in_, feature_names_in_ : as in scikit-learn
        The features of the data.

    See Also
    --------
    Autoencoder.score_samples : The errors, of an autoencoder that is fitted already.
    Autoencoder.threshold : A threshold from normal samples that were held out.

    References
    ----------
    .. [1] Tukey, "Exploratory Data Analysis", 1977.

    Examples
    --------
    >>> import numpy as np, npae
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 1)) + 0.1 * rng.standard_normal((300, 4))  # four sensors, almost equal
    >>> X[7, 2] += 3  # one of them fails
    >>> ae = npae.Autoencoder([1], activation="identity", epochs=1000, random_state=0)
    >>> detector = npae.AnomalyDetector(ae, contamination=1 / 300).fit(X)
    >>> np.flatnonzero(detector.predict(X) == -1)
    array([7])
    >>> detector.worst_features(X[[7]])
    array([[2]])
    """

    autoencoder_: Autoencoder
    offset_: float
    usual_errors_: FloatArray
    decision_scores_: FloatArray
    _constants: FloatArray

    predict = detecting.predict
    decision_function = detecting.decision_function
    score_samples = detecting.score_samples
    score = detecting.score
    explain = feature_errors.explain
    worst_features = feature_errors.worst_features
    summary = notebook_view.detector_summary
    __sklearn_tags__ = sklearn_contract.outlier_tags

    def __init__(
        self,
        autoencoder: Autoencoder | None = None,
        *,
        contamination: Contamination = "auto",
        random_state: Any = None,
        missing: str | None = None,
    ) -> None:
        self.autoencoder = autoencoder
        self.contamination = contamination
        self.random_state = random_state
        self.missing = missing

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "autoencoder_")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        params = super().get_params(deep)
        if deep and isinstance(self.autoencoder, Estimator):
            params.update({INNER + name: value for name, value in self.autoencoder.get_params().items()})
        return params

    def set_params(self: Self, **params: Any) -> Self:
        super().set_params(**{name: value for name, value in params.items() if not name.startswith(INNER)})
        inner = {name.removeprefix(INNER): value for name, value in params.items() if name.startswith(INNER)}
        if inner:  # a copy, so that the one that was given stays as it is
            self.autoencoder = self._copy().set_params(**inner)
        return self

    @property
    def threshold_(self) -> float:
        """The error above which a sample is an anomaly."""
        return -self.offset_

    @property
    def labels_(self) -> IntArray:
        """1 for each training sample that is an anomaly, otherwise 0."""
        return (self.decision_scores_ > self.threshold_).astype(int)

    @property
    def n_features_in_(self) -> int:
        """The number of features."""
        return self.autoencoder_.n_features_in_

    @property
    def feature_names_in_(self) -> Any:
        """The names of the features, if the data had any."""
        return self.autoencoder_.feature_names_in_

    def fit(
        self: Self,
        X: ArrayLike,
        y: object = None,
        *,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
    ) -> Self:
        """Train a copy of the autoencoder, and find the threshold.

        Parameters
        ----------
        X : array of shape (N, D), or (N, ...) as in `Autoencoder.fit`
            The samples: normal ones, and anomalies among them if they are few.
        y : object, default None
            Ignored, as labels are. Targets are refused: a detector compares samples with their reconstructions.
        sample_weight : array of shape (N,), default None
            How much each sample counts, as in `Autoencoder.fit`: for the autoencoder, the threshold and the usual
            errors. Quantiles need numbers of samples: whole numbers without a common divisor say how often each sample
            is there, other weights are divided by their mean.
        mask : bool array of shape (N, T), default None
            False where a step of the series X is padding.

        Returns
        -------
        AnomalyDetector
            The fitted detector.

        Raises
        ------
        ValueError, TypeError
            For unusable data or parameters.
        TrainingDiverged
            If the loss stops being finite.

        Warns
        -----
        NeglectedColumns
            If an autoencoder was given that counts columns in one unit, and they vary by very different amounts.
        TrainingWarning
            If the code is at least as wide as a sample, so that strange samples are copied as well as normal ones;
            and what the autoencoder's `fit` says.
        """
        refuse_targets(y, X, "A detector learns from the samples alone.")
        contamination, model = checked_contamination(self.contamination), self._copy()
        if self.autoencoder is None and math.prod(np.asarray(samples_of(X)).shape[1:]) < SIX:
            model.set_params(encoder=[1])  # two numbers would follow single features
        if self.random_state is not None:
            model.set_params(random_state=self.random_state)
        if self.missing is not None:
            model.set_params(missing=self.missing)
        self.autoencoder_ = model.fit(X, sample_weight=sample_weight, mask=mask)
        samples = self._admitted(X, mask)
        _doubt(model, samples)
        samples = samples.weighing(check_weights(sample_weight, len(samples)))
        self.decision_scores_ = -self._scores(samples)
        precision = float(np.finfo(model.network_.dtype).eps) ** 0.75
        limit = cutoff(*_known(self.decision_scores_, samples.weights, contamination), precision)
        self.offset_ = -max(limit, _rounding(model, samples))
        normal = self.decision_scores_ <= self.threshold_
        self.usual_errors_, self._constants = feature_errors.usual_errors(model, samples, normal)
        return self

    def fit_predict(
        self,
        X: ArrayLike,
        y: object = None,
        *,
        sample_weight: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        **fit_params: Any,
    ) -> IntArray:
        """Fit, and say which of the same samples are anomalies.

        Parameters
        ----------
        X, y, sample_weight, mask : as in `fit`
            The samples, nothing, their weights, and the mask.
        **fit_params : object
            Further arguments of `fit`.

        Returns
        -------
        integer array of shape (N,)
            -1 for anomalies, 1 for the others.
        """
        return self.fit(X, y, sample_weight=sample_weight, mask=mask, **fit_params).predict(X, mask=mask)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted detector and its autoencoder to one .npz file, as `Autoencoder.save` does.

        Parameters
        ----------
        path : str or Path
            The file; `npae.load` reads it.

        Raises
        ------
        TypeError
            If a layer or the loss is not plain data.
        OSError
            If the file cannot be written; what was there before stays.
        """
        saving.write_detector(self, path)

    def _copy(self) -> Autoencoder:
        """Return an unfitted copy of the autoencoder."""
        given = Autoencoder([2], scale="columns") if self.autoencoder is None else self.autoencoder
        if not isinstance(given, Autoencoder):
            hint = "A scaler goes before the detector: make_pipeline(scaler, AnomalyDetector(...))."
            if isinstance(given, (list, tuple)):
                hint = f'For an encoder: AnomalyDetector(Autoencoder({given!r}, scale="columns")).'
            raise ValueError(f"autoencoder must be an npae.Autoencoder or None, got {given!r}. {hint}")
        return type(given)(**copy.deepcopy(given.get_params(deep=False)))

    def _admitted(self, X: ArrayLike, mask: ArrayLike | None, needs_mask: bool = False) -> Samples:
        """Return checked Samples; messages speak of the detector."""
        sklearn_contract.check_fitted(self)
        schema = dataclasses.replace(schema_of(self.autoencoder_), owner=type(self).__name__)
        return schema.admit(X, mask, needs_mask=needs_mask)

    def _scores(self, samples: Samples) -> FloatArray:
        """Return minus the error of each sample, in float64 whatever the network's dtype is."""
        errors = passed_on(self.autoencoder_.score_samples, samples.X, samples.mask)
        return -np.asarray(errors, dtype=np.float64)


def _doubt(model: Autoencoder, samples: Samples) -> None:
    """Warn of a code that copies samples, and of columns that hardly count unless `fit` of the autoencoder has."""
    notes = list(model.history_.get("notes", []))
    uneven = uneven_columns(model.scale, model.network_, samples)
    found = too_wide_code(model.network_)
    if uneven and not any(note.startswith(UNEVEN) for note in notes):
        found.append(NeglectedColumns(uneven))
    if found:
        model.history_["notes"] = [*notes, *map(str, found)]
    for warning in found:
        warnings.warn(warning, stacklevel=stacklevel_of_caller())


def _known(
    errors: FloatArray, weights: FloatArray | None, contamination: Contamination
) -> tuple[FloatArray, Contamination, FloatArray | None]:
    """Return the arguments of `cutoff` without samples of which nothing is observed."""
    known, counts = ~np.isnan(errors), counts_of(weights)
    return errors[known], contamination, None if counts is None else counts[known]


def _rounding(model: Autoencoder, samples: Samples) -> float:
    """Return the error up to which a sample counts as reconstructed: less comes from rounding alone."""
    moments, scaling = moments_of(samples), model.network_.target_scaling
    variance = moments.scatter / moments.count
    if scaling is not None and scaling.kind == "columns":
        variance = variance / np.square(scaling.unit).reshape(-1)[: len(variance)]
    precision = float(np.finfo(model.network_.dtype).eps)
    return float(1e5 * precision**1.5 * variance.mean())


# Signatures in these modules name what imports the modules: typing.get_type_hints looks it up there.
for _module in (detecting, feature_errors, notebook_view, saving, sklearn_contract):
    vars(_module).update(AnomalyDetector=AnomalyDetector, Autoencoder=Autoencoder)
