"""How an autoencoder learns: data in, a training begun and carried out, its result kept: methods of Autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..samples import Schema, admit
from ..samples.door import with_target
from ..samples.feature_names import feature_names
from ..samples.pairs import refuse_targets
from ..samples.weights import weighted
from ..settings.array_types import ArrayLike
from ..training import Training
from . import fitting, variational
from .code_moments import code_moments
from .construction import build_network
from .gaps import observed_rows, wants_gaps
from .predicting import schema_of, target_schema
from .verdict import judge

if TYPE_CHECKING:
    from .autoencoder import Autoencoder


def fit(
    self: Autoencoder,
    X: ArrayLike,
    y: object = None,
    *,
    target: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    validation_data: Any = None,
    mask: ArrayLike | None = None,
) -> Autoencoder:
    """Train on samples, from fresh weights.

    Parameters
    ----------
    X : array of shape (N, D), or (N, ...) for layers that take shaped samples
        The samples. Of an `np.memmap` of any dtype, larger than memory, only the batches are ever in memory: set
        `batch_size`, and dtype="float32" for speed.
    y : object, default None
        Ignored. Labels are welcome, as in scikit-learn, and so is X itself, as in Keras. Anything that looks like
        other targets is refused.
    target : array of shape (N, ...), default None
        What predictions are compared with, a row for each sample: the clean samples where X is noisy. None means X
        itself. Targets may have another shape than samples; a decoder that is left out then ends with theirs.
    sample_weight : array of shape (N,), default None
        How much each sample counts, at least 0 and relative to the others: a sample of weight 2 counts as if it
        were there twice, one of weight 0 as if it were not there. All that is learned from samples follows them:
        the loss, penalties on codes, the scaling, and `code_mean_`. None means that all count alike.
    validation_data : array like X, or tuple, default None
        Samples whose loss is recorded as `val_loss`. The tuple is (samples, mask) or (samples, target), told apart
        by the mask's bools, or (samples, target, mask).
    mask : bool array of shape (N, T), default None
        For series X (N, T, C) of different lengths: false where a step is padding (see `npae.series.pad`). Such
        steps are not looked at, and may be NaN in memory.

    Returns
    -------
    Autoencoder
        The fitted model. Ctrl-C ends training early and keeps the model so far.

    Raises
    ------
    ValueError, TypeError
        For unusable data or parameters.
    TrainingDiverged
        If the loss stops being finite; the best weights so far are kept.

    Warns
    -----
    NotConverged
        If training ends with its last epoch while the loss still falls.
    CollapsedCode
        If all samples get almost the same prediction.
    NoBetterThanMean
        If the predictions are no better than the mean of the samples.
    FillsWorseThanMean
        If gaps are filled worse than by the means of their features.
    NeglectedColumns
        If columns are so small beside others, or numbers so close together for the dtype, that they hardly count.
    UserWarning
        If images are given to a Dense, which sees each of their rows alone.
    """
    refuse_targets(y, X)
    training, keep = begun(self, X, target, sample_weight, mask, validation_data=validation_data)
    fitting.carry_out(training, keep)
    collapsed = self.network_.variational and variational.warn_of_collapse(self.code_variance_)
    judge(training, autoencoder=not collapsed)
    return self


def partial_fit(
    self: Autoencoder,
    X: ArrayLike,
    y: object = None,
    *,
    target: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> Autoencoder:
    """Train for one more epoch on samples, from where the model is; the first call starts a new one.

    The optimizer may have been changed in between (it then starts from scratch), the network may not. After a
    `fit` by the default recipe, the epoch is another refinement on these samples. A stream is
    trained on chunk by chunk. What a call costs depends on its chunk alone, and so do `code_mean_`,
    `code_variance_` and `code_covariance_` after it. Nothing is held out for validation.

    Parameters
    ----------
    X, y, target, sample_weight, mask : as in `fit`
        The samples, nothing, the targets, the weights relative to those of this call, and the mask. A model that
        began with targets needs them at each call.

    Returns
    -------
    Autoencoder
        The model.

    Raises
    ------
    ValueError, TypeError, TrainingDiverged
        As `fit` does, and if the network's parameters have been changed.

    Examples
    --------
    >>> import numpy as np, npae
    >>> rng = np.random.default_rng(0)
    >>> ae = npae.Autoencoder([2], batch_size=100, random_state=0)
    >>> for chunk in (rng.random((1000, 8)) for _ in range(5)):
    ...     ae = ae.partial_fit(chunk)
    >>> ae.n_epochs_, ae.history_["loss"][-1] < ae.history_["loss"][0]
    (5, True)
    """
    refuse_targets(y, X)
    if not self.__sklearn_is_fitted__():
        fitting.carry_out(*begun(self, X, target, sample_weight, mask, stream=True), stream=True)
    else:
        targets, samples = target_schema(self, target), schema_of(self).admit(X, mask, needs_mask=True)
        data = weighted(targets.admit_target(samples, target), sample_weight)
        learned = targets if target is not None else None
        fitting.carry_out(fitting.go_on(self, observed_rows(data)), partial(_keep, self, targets=learned), stream=True)
    return self


def begun(
    model: Autoencoder,
    X: ArrayLike,
    target: ArrayLike | None,
    sample_weight: ArrayLike | None,
    mask: ArrayLike | None,
    *,
    validation_data: Any = None,
    stream: bool = False,
) -> tuple[Training, Callable[[Training], None]]:
    """Return a training on fresh weights, and what keeps its result."""
    gaps, masked = wants_gaps(model.missing), mask is not None
    data = observed_rows(weighted(with_target(admit(X, mask, gaps=gaps), target), sample_weight))
    schema, targets = Schema(type(model).__name__, data.shape, data.names, gaps, masked), None
    if data.T is not None:
        targets = Schema(type(model).__name__, data.T.shape[1:], feature_names(target))
    network = build_network(model, data.shape, by_steps=data.mask is not None, target_shape=data.target.shape[1:])
    validation = None if validation_data is None else schema.admit_validation(validation_data, targets)
    training = fitting.begin(model, network, data, validation, stream=stream)
    return training, partial(_keep, model, schema=schema, targets=targets)


def _keep(model: Autoencoder, training: Training, schema: Schema | None = None, targets: Schema | None = None) -> None:
    """Become the model that was trained; `targets` says that it has learned from pairs."""
    fitting.keep(model, training, schema)
    if schema is not None or targets is not None:
        model._targets = targets
    found = code_moments(model.network_, model.theta_, training.data)
    model.code_mean_, model.code_variance_, model.code_covariance_ = found
