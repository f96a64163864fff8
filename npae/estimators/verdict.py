"""What a fit says about itself when it ends: that it could go on, or that it has learned nothing."""

from __future__ import annotations

import warnings

import numpy as np

from ..network import Network
from ..samples import Samples
from ..settings.array_types import FloatArray
from ..training import Converged, Training
from .hidden_entries import fill_errors

STILL = 0.01  # share of the whole improvement from which on the last tenth of the epochs says that more would come
LEFT = 0.05  # share of the loss before it that says so too
NOTHING = 1e-9  # share of the whole improvement that does not count
SEEN = 500  # samples that tell whether a model has learned anything
DEAD = 1e-4  # share of the data's variance below which predictions hardly vary
SMALLEST = 64  # multiples of the precision that a standard deviation exceeds unless it is rounding
EARLY = 20  # epochs below which an unfinished training is not judged


class TrainingWarning(UserWarning):
    """Something about the end of a training that the user can act on.

    Examples
    --------
    Make all of them errors:

    >>> import warnings
    >>> import npae
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", npae.TrainingWarning)
    ...     ae = npae.Autoencoder([2], epochs=5).fit(npae.datasets.load_font("capitals"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    npae.estimators.verdict.NotConverged: ...
    """


class NotConverged(TrainingWarning):
    """Training ended while the loss still fell.

    It is given where `fit` ends with its last epoch, and the last tenth of the epochs brought more than 1 % of what all
    epochs after the first brought, or lowered a loss that cannot be negative by more than 5 %. A single epoch is not
    judged: there is no loss to compare it with.

    Examples
    --------
    >>> import warnings
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     ae = npae.Autoencoder([16, 2], optimizer="adam", refine=None, epochs=20, random_state=0).fit(letters)
    >>> caught[0].category.__name__
    'NotConverged'
    """


class CollapsedCode(TrainingWarning):
    """The code hardly depends on the sample: all samples get almost the same prediction.

    It is given for 20 epochs and more, and for training that stopped because it had converged. A variational code that
    carries nothing gets `PosteriorCollapse` instead.

    Examples
    --------
    Weights that a penalty holds near 0 let nothing through:

    >>> import warnings
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     ae = npae.Autoencoder([16, 2], penalty=npae.L2(10.0), epochs=200, random_state=0).fit(letters)
    >>> npae.CollapsedCode in [warning.category for warning in caught]
    True
    """


class NeglectedColumns(TrainingWarning):
    """Columns hardly count: they vary little beside others, or their numbers are too small or close for the dtype.

    Examples
    --------
    >>> import warnings, numpy as np, npae
    >>> X = np.random.default_rng(0).standard_normal((50, 3)) * [1e8, 1, 1]
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     model = npae.Autoencoder([2], random_state=0).fit(X)
    >>> caught[0].category.__name__
    'NeglectedColumns'
    """


class NoBetterThanMean(TrainingWarning):
    """The predictions are no better than the mean of the data.

    It is given for 20 epochs and more, and for training that stopped because it had converged: their squared error is
    at least 0.99 times the variance of up to 500 samples.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import npae
    >>> X, target = np.random.default_rng(0).standard_normal((2, 200, 3))
    >>> slow = npae.GradientDescent(1e-9)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     ae = npae.Autoencoder([2], optimizer=slow, init=npae.Gaussian(0.3), epochs=30, random_state=0)
    ...     ae = ae.fit(X, target=target)
    >>> npae.NoBetterThanMean in [warning.category for warning in caught]
    True
    """


class FillsWorseThanMean(TrainingWarning):
    """A model with `missing="ignore"` fills gaps worse than the means of the features do.

    It is given at the end of any `fit` to samples with gaps: a tenth of the observed numbers of up to 500 samples is
    hidden, and what `reconstruct` fills in has a larger squared error than the means, in the units that the network
    learns in.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import npae
    >>> X = np.random.default_rng(0).standard_normal((200, 5))
    >>> X[::7, 2] = np.nan
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     ae = npae.Autoencoder([4], missing="ignore", random_state=0).fit(X)
    >>> [warning.category.__name__ for warning in caught]
    ['FillsWorseThanMean']
    """


def judge(training: Training, *, autoencoder: bool, stacklevel: int = 2) -> None:
    """Warn if a training ended too early, or if an autoencoder has learned nothing; add the text to the history."""
    found: list[TrainingWarning] = [NeglectedColumns(text) for text in training.doubts]
    if training.state.stopped == "epochs" and still_improves(_watched(training)):
        found.append(NotConverged(_advice(training)))
    if autoencoder and (training.epoch >= EARLY or training.state.stopped == "converged"):
        some = training.data[:: max(1, len(training.data) // SEEN)]
        found += learned_nothing(training.network, training.theta, some)
    if autoencoder and training.data.gaps and training.network.completes:
        some = training.data[:: max(1, len(training.data) // SEEN)]
        found += fills_badly(training.network, training.theta, some)
    if found:
        training.history["notes"] = [str(warning) for warning in found]
    for warning in found:
        warnings.warn(warning, stacklevel=stacklevel + 1)


def still_improves(losses: list[float]) -> bool:
    """Return whether the last tenth of the epochs brought much.

    That is 1 % of what all epochs after the first brought, or 5 % of the loss that was left. A loss below 0 does not
    say what is left.
    """
    last = max(1, len(losses) // 10)
    if len(losses) < 2:
        return False
    before, now = np.fmin.reduce(losses[:-last]), np.fmin.reduce(losses[-last:])
    gain, whole = before - now, losses[0] - now
    return bool(gain > STILL * whole or (now >= 0 and gain > max(LEFT * before, NOTHING * whole)))


def learned_nothing(network: Network, theta: FloatArray, samples: Samples) -> list[TrainingWarning]:
    """Return a warning, in a list, if predictions hardly vary or are no better than the samples' mean."""
    real, weights = samples.real(np.asarray(samples.target, np.float64)), samples.real_weights
    predicted = samples.real(network.reconstruct(theta, samples, threads=1).astype(np.float64))
    real = np.where(np.isnan(real), predicted, real) if samples.gaps else real
    with np.errstate(all="ignore"):
        variances, least = _variances(real, weights), SMALLEST * np.finfo(network.dtype).eps * np.abs(real).max(axis=0)
        variance = float(variances[variances > least**2].sum()) / variances.size
        varies = float(_variances(predicted, weights).mean())
        error = float(np.average(np.square(real - predicted), axis=0, weights=weights).mean())
    scale = "scale" if network.scaling is None else "init"
    if not variance > 0 or not np.isfinite([variance, varies, error]).all():
        return []
    if varies < DEAD * variance and not network.variational:
        hint = f"Use code_activation='identity', another {scale}, or a wider code."
        return [CollapsedCode(f"code must vary with the samples, got almost one prediction for all of them. {hint}")]
    if error >= 0.99 * variance:
        eta = "eta, a smaller beta" if network.variational else "eta"
        hint = f"Use another {scale}, a wider code, a smaller {eta} or more epochs."
        share = "predictions must be better than the mean of the samples, got a squared error that is as large"
        return [NoBetterThanMean(f"{share}. {hint}")]
    return []


def fills_badly(network: Network, theta: FloatArray, samples: Samples) -> list[TrainingWarning]:
    """Return a warning, in a list, if the network fills gaps worse than the means of the features do."""
    errors = fill_errors(network, theta, samples)
    if errors is None or errors[0] <= errors[1]:
        return []
    got = f"a squared error of hidden numbers that is {errors[0] / errors[1]:.2g} times as large"
    hint = "Train longer, or use a narrower code or a penalty."
    return [FillsWorseThanMean(f"gaps must be filled better than by the means of their features, got {got}. {hint}")]


def _variances(values: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Return the variances of values (n, ...) along the first axis, by the weights of its rows."""
    if weights is None:
        variances: FloatArray = values.var(axis=0)
    else:
        mean = np.average(values, axis=0, weights=weights)
        variances = np.average(np.square(values - mean), axis=0, weights=weights)
    return variances


def _watched(training: Training) -> list[float]:
    losses: list[float] = training.history["loss" if training.validation is None else "val_loss"]
    return losses


def _advice(training: Training) -> str:
    end = f"Training ended with epochs={training.plan.epochs} while the loss still fell"
    by_default = any(isinstance(callback, Converged) for callback in training.plan.callbacks)
    if training.plan.optimizer is not None or not by_default:
        return f"{end}. Raise epochs to train longer."
    return f"{end}. Give optimizer=None, refine=npae.Refine('L-BFGS-B') and more epochs to train longer."
