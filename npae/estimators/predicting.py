"""How a fitted estimator looks at data: through the schema of `fit`, on as many threads as the work is worth.

The functions whose first argument is `self` are methods of Autoencoder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..execution.blas import blas_threads
from ..execution.cores import worthwhile_threads
from ..samples import Samples, Schema, admit
from ..samples.arrays import check_range
from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import positive_integer
from .construction import generator
from .estimator import Model
from .sklearn_contract import check_fitted

if TYPE_CHECKING:
    from .autoencoder import Autoencoder

Result = TypeVar("Result")


def schema_of(model: Model) -> Schema:
    """Return what samples must look like for a fitted model."""
    names, masked = getattr(model, "feature_names_in_", None), getattr(model, "_masked", False)
    return Schema(type(model).__name__, model.network_.in_shape, names, masked)


def admitted(model: Model, X: Any, mask: ArrayLike | None = None, *, needs_mask: bool = False) -> Samples:
    """Return checked Samples for a fitted model; NotFittedError before `fit`."""
    check_fitted(model)
    samples = schema_of(model).admit(X, mask, needs_mask=needs_mask)
    check_range(samples.X, model.network_.dtype, "X")
    return samples


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


def sample(self: Autoencoder, n: int, random_state: Any = None) -> FloatArray:
    """Return new samples: decoded draws from N(0, I), the prior of a GaussianCode.

    Without a GaussianCode, the draws are from a Gaussian with the mean and the covariance of the codes.

    Parameters
    ----------
    n : int
        How many samples, at least 1.
    random_state : int or numpy.random.Generator, default None
        The source of the draws. None takes the estimator's: the same draws at every call if that is an int.

    Returns
    -------
    array of shape (n, D)
        The samples.
    """
    check_fitted(self)
    rng = generator(self.random_state if random_state is None else random_state)
    mean, covariance = self.code_mean_, self.code_covariance_
    if self.network_.variational:
        mean, covariance = np.zeros_like(mean), np.eye(len(mean))
    Z = rng.multivariate_normal(mean, covariance, positive_integer("n", n), method="eigh")
    return self.decode(Z.reshape(-1, *self.network_.code_shape))
