"""How a fitted estimator looks at data: through the schema of `fit`, on as many threads as the work is worth.

The functions whose first argument is `self` are methods of Autoencoder.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..execution.blas import blas_threads
from ..execution.cores import worthwhile_threads
from ..losses import BinaryCrossEntropy
from ..samples import Samples, Schema, admit
from ..samples.arrays import check_range
from ..samples.feature_names import are_texts
from ..settings.array_types import ArrayLike, FloatArray
from ..settings.callers import stacklevel_of_caller
from ..settings.checks import positive_integer
from .code_moments import NUMBERS, code_pieces, drawn_like
from .construction import generator
from .estimator import Model
from .gaps import takes_gaps
from .sklearn_contract import check_fitted

if TYPE_CHECKING:
    from .autoencoder import Autoencoder

Result = TypeVar("Result")

REACH = 4.0  # how far most samples must lie beyond [0, 1] to be taken for samples on another scale
SEEN = 100  # samples that tell


def schema_of(model: Model) -> Schema:
    """Return what samples must look like for a fitted model."""
    names = getattr(model, "feature_names_in_", getattr(model, "_column_labels", None))
    masked = getattr(model, "_masked", False)
    return Schema(type(model).__name__, model.network_.in_shape, names, takes_gaps(model), masked)


def admitted(model: Model, X: Any, mask: ArrayLike | None = None, *, needs_mask: bool = False) -> Samples:
    """Return checked Samples for a fitted model; NotFittedError before `fit`."""
    check_fitted(model)
    samples = schema_of(model).admit(X, mask, needs_mask=needs_mask)
    _warn_of_other_scale(model, samples)
    check_range(samples.X, model.network_.dtype, "X")
    return samples


def admitted_pairs(
    model: Autoencoder, X: Any, target: Any, mask: ArrayLike | None = None, *, needs_mask: bool = False
) -> Samples:
    """Return checked Samples with what predictions are compared with: the target, or X itself.

    A model that has learned from pairs must be given a target, since comparing with X would say nothing about it.
    """
    samples = admitted(model, X, mask, needs_mask=needs_mask)
    samples = target_schema(model, target).admit_target(samples, target)
    if samples.T is not None:
        check_range(samples.T, model.network_.dtype, "target")
    return samples


def target_schema(model: Autoencoder, target: Any) -> Schema:
    """Return what targets must look like for a fitted model; ValueError if there must be one and `target` is None."""
    schema: Schema | None = getattr(model, "_targets", None)
    if target is None and schema is not None:
        hint = "Give target=X to compare with X itself." if schema.shape == model.network_.in_shape else ""
        raise ValueError(f"target must be given, as it was to fit, got None. {hint}".rstrip())
    return schema or schema_of(model).of_targets(model.network_.out_shape)


def prediction_names(model: Autoencoder) -> list[str] | None:
    """Return the names of what a fitted model predicts: those of its targets or else of its samples; None without."""
    names = target_schema(model, ()).names
    return [str(name) for name in names] if names is not None and are_texts(names) else None


def _warn_of_other_scale(model: Model, samples: Samples) -> None:
    """Warn if the loss held the training data in [0, 1] and most samples reach far beyond, such as raw pixels."""
    low, high = -REACH, 1 + REACH
    if not model.__dict__.get("_within_loss") or not isinstance(model.network_.loss, BinaryCrossEntropy):
        return
    some = samples[:: max(1, len(samples) // SEEN)]
    X = some.X if some.mask is None else np.where(some.mask[:, :, None], some.X, 0)
    X = X.reshape(len(X), -1)
    if np.mean((X.min(axis=1) < low) | (X.max(axis=1) > high)) > 0.5:
        text = f"X should be scaled as in fit, where the loss kept it in [0, 1], got values from {X.min():g} to "
        warnings.warn(f"{text}{X.max():g}. Scale it like the samples of fit.", stacklevel=stacklevel_of_caller())


def computed(model: Model, function: Callable[..., Result], samples: Samples, **options: Any) -> Result:
    """Return function(theta, samples, threads=...) of a fitted model's network."""
    threads = None if model.threads is None else positive_integer("threads", model.threads)
    with blas_threads(1):
        count = worthwhile_threads(threads, len(samples), model.network_.cost_per_sample)
        return function(model.theta_, samples, threads=count, **options)


def encode(self: Autoencoder, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the codes of samples.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, L)
        The codes.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.
    """
    samples = admitted(self, X, mask)
    return computed(self, self.network_.encode, samples)


def decode(self: Autoencoder, Z: ArrayLike) -> FloatArray:
    """Return the predictions for codes.

    Parameters
    ----------
    Z : array of shape (N, L)
        The codes.

    Returns
    -------
    array of shape (N, D)
        The predictions.

    Raises
    ------
    ValueError
        For codes of another shape.
    """
    check_fitted(self)
    codes = admit(Z, what="Z")
    if codes.shape != self.network_.code_shape:
        raise ValueError(f"Z must have codes of shape {self.network_.code_shape}, got {codes.shape}.")
    check_range(codes.X, self.network_.dtype, "Z")
    return computed(self, self.network_.decode, codes)


def reconstruct(self: Autoencoder, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return decode(encode(X)).

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, D)
        The reconstructions.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.
    """
    samples = admitted(self, X, mask)
    return computed(self, self.network_.reconstruct, samples)


def predict(self: Autoencoder, X: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """Return the reconstructions of samples: scikit-learn's name for `reconstruct`.

    Scorers by name compare them with y, which is X itself: give X twice, as in `GridSearchCV(...).fit(X, X)`. Without
    `scoring`, a search takes `score`, which needs no y.

    Parameters
    ----------
    X, mask : as in `fit`
        The samples and their mask.

    Returns
    -------
    array of shape (N, D)
        The reconstructions.

    Raises
    ------
    ValueError
        For samples that do not look like those of `fit`.

    Examples
    --------
    >>> import numpy as np, npae
    >>> X = np.random.default_rng(0).random((30, 4))
    >>> ae = npae.Autoencoder([2], random_state=0).fit(X)
    >>> bool(np.isclose(-npae.metrics.mse(X, ae.predict(X)), ae.score(X)))
    True
    """
    return self.reconstruct(X, mask=mask)


def sample(
    self: Autoencoder, n: int, random_state: Any = None, *, X: ArrayLike | None = None, mask: ArrayLike | None = None
) -> FloatArray:
    """Return new samples: decoded draws from N(0, I), the prior of a GaussianCode.

    Without a GaussianCode, the draws are from a Gaussian with the mean and the covariance of the codes.

    Parameters
    ----------
    n : int
        How many samples, at least 1.
    random_state : int or numpy.random.Generator, default None
        The source of the draws. None takes the estimator's: the same draws at every call if that is an int.
    X, mask : as in `fit`, default None
        Samples whose codes have the mean and the covariance; None for those of the training data. Needed where
        `code_covariance_` is None: no covariance is made for them, whatever the size of the code.

    Returns
    -------
    array of shape (n, D)
        The samples.

    Raises
    ------
    ValueError
        If `code_covariance_` is None and X is not given, or if X is given for a GaussianCode.

    Examples
    --------
    >>> import numpy as np, npae
    >>> X = np.random.default_rng(0).random((50, 4))
    >>> ae = npae.Autoencoder([2], random_state=0).fit(X)
    >>> ae.sample(3).shape, ae.sample(3, X=X[:10]).shape
    ((3, 4), (3, 4))
    """
    check_fitted(self)
    rng = generator(self.random_state if random_state is None else random_state)
    n = positive_integer("n", n)
    if self.network_.variational and X is not None:
        raise ValueError("X must be None for a GaussianCode, whose codes are drawn from the prior, got samples.")
    Z = _drawn_codes(self, n, rng) if X is None else _codes_like(self, admitted(self, X, mask), n, rng)
    return self.decode(Z.reshape(-1, *self.network_.code_shape))


def _drawn_codes(model: Autoencoder, n: int, rng: np.random.Generator) -> FloatArray:
    """Return codes (n, L): of the prior, or of the training data's Gaussian."""
    if model.network_.variational:
        return rng.standard_normal((n, len(model.code_mean_)))
    if model.code_covariance_ is None:
        hint = "Give samples: sample(n, X=X)."
        rule = f"X must be given for a code of {len(model.code_mean_)} numbers, whose covariance is not made"
        raise ValueError(f"{rule}, got None. {hint}")
    return rng.multivariate_normal(model.code_mean_, model.code_covariance_, n, method="eigh")


def typical_samples(model: Autoencoder) -> FloatArray:
    """Return what the model decodes from codes such as those of the training data, always the same.

    The entries of a code that is too wide for a covariance are drawn independently.
    """
    if model.network_.variational or model.code_covariance_ is not None:
        return model.sample(100, random_state=0)
    shape = model.network_.code_shape
    count = max(4, min(100, NUMBERS // max(len(model.code_mean_), int(np.prod(model.network_.out_shape)))))
    noise = np.random.default_rng(0).standard_normal((count, len(model.code_mean_)))
    return model.decode((model.code_mean_ + noise * np.sqrt(model.code_variance_)).reshape(-1, *shape))


def _codes_like(model: Autoencoder, samples: Samples, n: int, rng: np.random.Generator) -> FloatArray:
    """Return codes (n, L) of a Gaussian with the moments of the codes of samples."""
    return drawn_like(partial(code_pieces, model.network_, model.theta_, samples), n, rng)
