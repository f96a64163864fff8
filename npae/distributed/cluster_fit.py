"""Training an autoencoder on rows of a cluster: the loop of every training, with sums over shards elsewhere."""

import numpy as np

from ..estimators.construction import build_network, build_plan, generator
from ..estimators.fitting import prepared
from ..estimators.variational import warn_of_collapse
from ..execution.shards import Shards
from ..settings.checks import positive_integer
from ..training import Samples, Training, TrainingDiverged
from .objective import DistributedObjective
from .parts import Rows, packed, unpacked


def fit(model, X, client=None, *, validation_data=None):
    """Train an autoencoder on rows of a cluster, as `model.fit` trains it on an array: full batches, refinement.

    Parameters
    ----------
    model : Autoencoder with batch_size None. It is fitted, as by `fit`.
    X, client : as in Rows.
    validation_data : samples in this process, or None.

    Returns
    -------
    model. Its theta is that of `model.fit` on all rows in one process, up to rounding, unless it draws noise.

    Raises
    ------
    What `Autoencoder.fit` and Rows raise. ValueError for mini-batches, a `validation_fraction`, and refinement by
    exact second derivatives; the model is then as it was.

    Examples
    --------
    >>> model = npae.Autoencoder([16, 2], refine=npae.Refine("L-BFGS-B"))         # doctest: +SKIP
    >>> npae.distributed.fit(model, dask.array.from_zarr("digits.zarr"), client)  # doctest: +SKIP
    """
    rows = Rows(X, client)
    network, plan = build_network(model, rows.shape), build_plan(model)
    _check_plan(plan, model.validation_fraction)
    objective = DistributedObjective(network, rows)
    validation = validation_data
    if validation is not None:
        validation = Samples(model._compared(validation, rows.shape, "validation_data"))
        validation = prepared(validation, network, "validation_data")
    training = _Training(objective, network, plan, plan.start(network, generator(model.random_state)), validation)
    try:
        training.run(positive_integer("epochs", model.epochs))
    except TrainingDiverged:
        _keep(model, training, objective)
        raise
    _keep(model, training, objective)
    if network.variational:
        warn_of_collapse(model.code_covariance_)
    return model


class _Training(Training):
    """A Training whose sums over shards run on the cluster; all else happens here."""

    def __init__(self, objective, network, plan, state, validation):
        super().__init__(network, Samples(objective.rows), plan, state, validation)
        self._cluster = _Shards(network, objective)

    def _prepare(self):
        self._shards = self._cluster
        super()._prepare()


class _Shards(Shards):
    """Shards that are evaluated elsewhere; the optimiser's step is taken here."""

    def __init__(self, network, objective):
        super().__init__(network)
        self._objective, self._epoch = objective, None

    def begin_epoch(self, epoch):
        self._epoch = epoch

    def evaluate(self, theta, X, T=None, *, mask=None, rows=None, rng=None, gradient=True):
        value, total = self._objective.evaluate(theta, rng, gradient=gradient, epoch=self._epoch)
        if gradient:
            np.copyto(self.gradient, total, casting="same_kind")
        return value


def _keep(model, training, objective):
    """Give the model what `fit` leaves in it."""
    network, rows = packed(training.network), objective.rows
    mean = sum(rows.map(_code_sum, training.theta, network)) / len(rows)
    products = sum(rows.map(_code_products, training.theta, network, mean))
    model._learn_features(None, rows.shape[0])
    model._fitted_with = model.get_params(deep=False)
    model.network_, model._state, model._optimizer = training.network, training.state, training.plan.optimizer
    model.theta_, model.history_ = training.theta.copy(), training.history
    model.n_epochs_, model.stop_reason_ = training.epoch, training.state.stopped
    model.code_mean_, model.code_covariance_ = mean, products / len(rows)


def _check_plan(plan, validation_fraction):
    if plan.batch_size is not None:
        raise ValueError(f"batch_size must be None on a cluster: full batches, got {plan.batch_size!r}.")
    if validation_fraction is not None:
        hint = "Give validation_data."
        raise ValueError(f"validation_fraction must be None on a cluster, got {validation_fraction!r}. {hint}")
    if plan.refine is not None and plan.refine.traits.hessian:
        hint = "Use 'CG', 'L-BFGS-B' or 'BFGS'."
        raise ValueError(f"refine must need gradients only on a cluster, got {plan.refine.name!r}. {hint}")
    if plan.refine is not None and plan.refine.sample is not None:
        raise ValueError(f"refine must see all rows on a cluster, got sample={plan.refine.sample}. Leave it out.")


def _codes(x, theta, content):
    return unpacked(content)[0].encode(theta, x).reshape(len(x), -1).astype(np.float64)


def _code_sum(x, theta, content):
    return _codes(x, theta, content).sum(axis=0)


def _code_products(x, theta, content, mean):
    codes = _codes(x, theta, content) - mean
    return codes.T @ codes
