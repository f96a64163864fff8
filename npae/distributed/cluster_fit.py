"""Training an autoencoder on rows of a cluster: the usual loop, with a loss that is evaluated there."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from ..estimators import Autoencoder
from ..estimators.code_moments import CodeMoments, code_pieces, has_covariance, without_covariance
from ..estimators.construction import build_network, build_plan, generator
from ..estimators.default_recipe import DefaultRecipe, learned_scaling, refines_by_default
from ..estimators.fitting import keep
from ..estimators.variational import warn_of_collapse
from ..estimators.verdict import judge
from ..network import Batch, Network
from ..network.shards import Moving, StepRule
from ..samples import Samples, Schema, prepare
from ..samples.moments import Moments, columns, merged, moments_of
from ..settings.array_types import AnyArray, ArrayLike, FloatArray, IntArray
from ..training import Plan, Training, TrainingDiverged
from .objective import DistributedObjective
from .parts import Rows, packed, unpacked


def fit(
    model: Autoencoder,
    X: Any,
    client: Any = None,
    *,
    validation_data: Any = None,
    mask: ArrayLike | None = None,
    **fit_options: Any,
) -> Autoencoder:
    """Train an autoencoder on rows of a cluster, as `model.fit` trains it on an array: full batches, refinement.

    Parameters
    ----------
    model : Autoencoder
        The model to fit, with batch_size None.
    X : dask.array of shape (N, ...), or list of futures of arrays (n, ...)
        The samples: as in Rows.
    client : dask.distributed.Client, default None
        The cluster; None for the current client.
    validation_data : array of shape (N, ...), or tuple (samples, mask), default None
        Samples in this process.
    mask : bool array of shape (N, T), default None
        False where a step of the series X is padding, in this process.
    **fit_options : Any
        What else `Autoencoder.fit` takes, such as `target`. On a cluster, it must be None.

    Returns
    -------
    Autoencoder
        The model. Its theta is that of `model.fit` on all rows in one process, up to rounding, unless it draws noise.
        The default recipe begins with drawn weights here, and not with principal components.

    Raises
    ------
    ValueError
        For mini-batches, `threads` above 1, a `validation_fraction`, refinement by exact second derivatives, masks and
        whatever else a cluster does not know, which leave the model as it was; and as in `Autoencoder.fit` and Rows.
    TypeError
        For an option that `Autoencoder.fit` does not take, and as in Rows.
    ImportError, RuntimeError
        As in Rows.

    Examples
    --------
    >>> model = npae.Autoencoder([16, 2], refine=npae.Refine("L-BFGS-B"))         # doctest: +SKIP
    >>> npae.distributed.fit(model, dask.array.from_zarr("digits.zarr"), client)  # doctest: +SKIP
    """
    _check_options(model, fit_options)
    rows = Rows(X, client, mask)
    schema = Schema(type(model).__name__, rows.shape, rows.names, masked=mask is not None)
    network = build_network(model, rows.shape, by_steps=mask is not None)
    by_default = refines_by_default(model) and not network.stochastic
    plan = build_plan(model, DefaultRecipe.of(network, len(rows)) if by_default else None)
    _check_plan(plan, model.validation_fraction)
    if validation_data is None:
        plan.check_watchers(stream=False)
    rows.prepare(network)  # so that moments are made of numbers that have been checked
    network = network.scaled_by(learned_scaling(model.scale, network, partial(_moments, rows)))
    evaluator = ClusterEvaluator(network, DistributedObjective(network, rows))
    validation = None
    if validation_data is not None:
        validation = schema.admit_validation(validation_data)
        validation = prepare(validation, network.dtype, network.loss, "validation_data")
    state = plan.start(network, generator(model.random_state))
    training = Training(network, Samples(rows), plan, state, validation, lambda _: evaluator)  # type: ignore[arg-type]  # rows on a cluster stand for an array
    try:
        training.train(plan.epochs)
    except TrainingDiverged:
        _keep(model, training, schema, rows)
        raise
    _keep(model, training, schema, rows)
    if network.variational:
        warn_of_collapse(model.code_variance_)
    judge(training, autoencoder=False)
    return model


class ClusterEvaluator:
    """The Evaluator of a training whose rows are on a cluster; the optimizer's step is taken here.

    Parameters
    ----------
    network : Network
        What is trained.
    objective : DistributedObjective
        What evaluates it on the cluster.
    """

    def __init__(self, network: Network, objective: DistributedObjective) -> None:
        self._objective, self._epoch = objective, 0
        self.gradient: FloatArray = np.zeros(network.n_parameters, network.dtype)

    def __enter__(self) -> ClusterEvaluator:
        return self

    def __exit__(self, *exception: object) -> None:
        """Do nothing: the cluster belongs to its owner."""

    def holding(self, state: Moving) -> AbstractContextManager[None]:
        """Return a context manager that does nothing: theta travels with each evaluation."""
        return nullcontext()

    def begin_epoch(self, epoch: int) -> None:
        """Note that epoch number `epoch` begins, counted from 0."""
        self._epoch = epoch

    def curvature_on(self, _samples: Samples, _seed: int | None) -> None:
        """Return None: second derivatives are not computed on a cluster."""

    def evaluate(
        self,
        theta: FloatArray,
        samples: Samples,
        *,
        rows: IntArray | None = None,
        rng: np.random.Generator | None = None,
        gradient: bool = True,
    ) -> float:
        """Return the loss of theta on all rows of the cluster; leave the gradient in `gradient`."""
        value, total = self._objective.evaluate(theta, rng, gradient=gradient, epoch=self._epoch)
        if total is not None:
            np.copyto(self.gradient, total, casting="same_kind")
        return value

    def step(
        self, optimizer: StepRule, theta: FloatArray, eta: float, memory: dict[str, Any], batch: Batch | None = None
    ) -> None:
        """Let an optimizer move theta along `gradient`."""
        optimizer.step(theta, self.gradient, eta, memory, None)


def _keep(model: Autoencoder, training: Training, schema: Schema, rows: Rows) -> None:
    """Make `model` the fitted model of a training, with the moments of the codes on the cluster."""
    keep(model, training, schema)
    network = packed(training.network)
    if not has_covariance(training.network):
        found = without_covariance(merged(rows.map(_code_moments, training.theta, network)))
    else:
        mean: FloatArray = sum(rows.map(_code_sum, training.theta, network)) / len(rows)
        products: FloatArray = sum(rows.map(_code_products, training.theta, network, mean))
        found = CodeMoments.of_covariance(mean, products / len(rows))
    model.code_mean_, model.code_variance_, model.code_covariance_ = found
    model._targets = None


def _check_options(model: Autoencoder, options: Mapping[str, Any]) -> None:
    """Refuse by name what only a `fit` in one process knows."""
    known = inspect.signature(type(model).fit).parameters
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"options must be among those of {type(model).__name__}.fit, got {name!r}.")
        if value is not None:
            raise ValueError(f"{name} must be None on a cluster, got {type(value).__name__}. Use model.fit.")
    missing = getattr(model, "missing", "error")
    if missing != "error":
        raise ValueError(f"missing must be 'error' on a cluster, got {missing!r}. Use model.fit.")


def _check_plan(plan: Plan, validation_fraction: float | None) -> None:
    if plan.batch_size is not None:
        raise ValueError(f"batch_size must be None on a cluster, where batches are full, got {plan.batch_size!r}.")
    if plan.threads not in (None, 1):
        hint = "Dask decides how many parts a worker evaluates at a time."
        raise ValueError(f"threads must be None or 1 on a cluster, got {plan.threads}. {hint}")
    if plan.workers not in (None, 1):
        raise ValueError(f"workers must be None or 1 on a cluster, got {plan.workers}. Its workers are those of Dask.")
    if validation_fraction is not None:
        hint = "Give validation_data."
        raise ValueError(f"validation_fraction must be None on a cluster, got {validation_fraction!r}. {hint}")
    if plan.optimizer is not None and plan.optimizer.wants_curvature:
        name = type(plan.optimizer).__name__
        raise ValueError(f"optimizer must need gradients only on a cluster, got {name}. Use Adam or Momentum.")
    if plan.refine is not None and plan.refine.traits.hessian:
        hint = "Use 'CG', 'L-BFGS-B' or 'BFGS'."
        raise ValueError(f"refine must need gradients only on a cluster, got {plan.refine.name!r}. {hint}")
    if plan.refine is not None and plan.refine.sample is not None:
        raise ValueError(f"refine must see all rows on a cluster, got sample={plan.refine.sample}. Leave it out.")


def _moments(rows: Rows, whole: bool) -> Moments:
    return merged(rows.map(_moments_of_part, whole))


def _moments_of_part(x: AnyArray | Samples, whole: bool) -> Moments:
    if isinstance(x, Samples):
        return moments_of(x, whole)
    return Moments.of(columns(np.asarray(x), whole))


def _codes(x: AnyArray | Samples, theta: FloatArray, content: bytes) -> FloatArray:
    return unpacked(content)[0].encode(theta, x).reshape(len(x), -1).astype(np.float64)


def _code_moments(x: AnyArray | Samples, theta: FloatArray, content: bytes) -> Moments:
    part = x if isinstance(x, Samples) else Samples(np.asarray(x))
    return merged(map(Moments.of, code_pieces(unpacked(content)[0], theta, part)))


def _code_sum(x: AnyArray | Samples, theta: FloatArray, content: bytes) -> FloatArray:
    total: FloatArray = _codes(x, theta, content).sum(axis=0)
    return total


def _code_products(x: AnyArray | Samples, theta: FloatArray, content: bytes, mean: FloatArray) -> FloatArray:
    codes = _codes(x, theta, content) - mean
    return codes.T @ codes
