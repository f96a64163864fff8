"""Training on rows that no machine holds: the sum over shards, on Dask workers that each have their own."""

import functools
import pickle
from collections import deque
from concurrent.futures import CancelledError

import numpy as np

from .description import positive_integer
from .estimator import check_range, check_samples
from .recipe import build_network, build_plan, generator
from .shards import Shards
from .training import Training, TrainingDiverged
from .workspace import Borrowed

ATTEMPTS = 5  # at one evaluation, when workers die
LARGE = 1_000_000  # bytes of theta from which on it goes to the workers directly, not inside each task
SHOWN = 1000  # rows that are fetched to find out which layer overflowed


class Rows:
    """The rows of a data set, part by part, each on some worker of a Dask cluster.

    Parameters
    ----------
    X : dask.array (N, ...), its chunks along the rows are the parts; or a list of futures of arrays (n, ...).
    client : dask.distributed.Client; None (default) for the current one.

    Attributes
    ----------
    client : the Client. futures : of the parts, in order. counts : rows of each. shape : of one sample.

    Raises
    ------
    ImportError without Dask, or where a worker has no npae. TypeError for other X. ValueError for parts without rows,
    or whose samples differ in shape. RuntimeError if parts are lost.
    """

    def __init__(self, X, client=None):
        self.client = _client() if client is None else client
        _check_workers(self.client)
        self.futures = _futures(X, self.client)
        shapes = self.map(np.shape)
        for number, shape in enumerate(shapes):
            if len(shape) < 2 or 0 in shape or shape[1:] != shapes[0][1:]:
                rule = f"hold rows of one shape, at least one, like {shapes[0]}"
                raise ValueError(f"parts of X must {rule}, got {shape} in part {number}.")
        self.counts, self.shape = [shape[0] for shape in shapes], shapes[0][1:]

    def __len__(self):
        return sum(self.counts)

    def __getitem__(self, rows):
        """Return some of the first rows, as an array: enough to name a layer that overflows."""
        return self._gathered([self.client.submit(_head, self.futures[0], pure=False)])[0][rows]

    def __array__(self, dtype=None, copy=None):
        raise TypeError("X must be in this process for that, got rows on a cluster. Monitor 'loss' or 'val_loss'.")

    def map(self, function, *arguments, each=None):
        """Return [function(part, *arguments)] over the parts in order; `each` is a list of a last argument for each."""
        for attempt in range(ATTEMPTS):
            shared = [self._sent(argument) for argument in arguments]
            own = [()] * len(self.futures) if each is None else [(argument,) for argument in each]
            tasks = [
                self.client.submit(function, part, *shared, *last, pure=False)
                for part, last in zip(self.futures, own, strict=True)
            ]
            try:
                return self._gathered(tasks)
            except CancelledError as error:
                self._check_there(error, attempt)
        raise AssertionError  # unreachable: the last attempt returned or raised

    def prepare(self, network):
        """Replace the parts by ones that are checked and in the network's dtype."""
        arguments = (_packed(network),)
        self.futures = [self.client.submit(_prepared, part, *arguments, pure=False) for part in self.futures]
        self.map(len)

    def _sent(self, argument):
        large = isinstance(argument, np.ndarray) and argument.nbytes > LARGE
        return self.client.scatter(argument, broadcast=True, hash=False) if large else argument

    def _gathered(self, tasks):
        return self.client.gather(tasks)

    def _check_there(self, error, attempt):
        """Raise RuntimeError where trying again cannot help."""
        lost = [number for number, part in enumerate(self.futures) if part.status in ("cancelled", "lost")]
        if lost or attempt == ATTEMPTS - 1:
            which = f"part {lost[0]}" if lost else "results"
            cure = "Make parts by tasks, which Dask repeats (dask.array, client.map(load, files)), not by scatter."
            rule = "parts of X must outlive the workers that hold them"
            raise RuntimeError(f"{rule}, got {which} lost ({error}). {cure}") from error


class DistributedObjective:
    """The loss of theta on rows of a cluster, and its gradient: sums over the parts, in their order.

    value(theta) = sum_p value_p(theta), each part's loss averaged over the rows of all parts; likewise the gradient.
    Every evaluation sends theta to each worker and gets one gradient back a part. The sums are those of one process
    up to rounding, and the same bits every time, whichever worker does what: parts, not workers, are added up.

    It stands wherever an objective does: `scipy.optimize.minimize(objective.value_and_gradient, theta, jac=True)`,
    `method=npae.optimize.bfgs`, `Refine(...).improve(objective, theta)`.

    Parameters
    ----------
    network : Network. X, client : as in Rows.
    seed : of noise, dropout and sampling, the same draws at every evaluation; None (default) for none.

    Attributes
    ----------
    epsilon : relative precision of what it returns. rows : Rows.

    Raises
    ------
    As Rows; ValueError for rows that do not fit the network.
    """

    def __init__(self, network, X, client=None, *, seed=None):
        self.rows, self._network, self._seed = X if isinstance(X, Rows) else Rows(X, client), network, seed
        self.epsilon, self.indices = np.finfo(network.dtype).eps, network.indices
        if self.rows.shape != network.in_shape:
            raise ValueError(f"X must have samples of shape {network.in_shape}, got {self.rows.shape}.")
        self._packed = _packed(network)
        self.rows.prepare(network)

    def value(self, theta):
        """Return the loss at theta, a float."""
        return self.evaluate(theta, self._rng(), gradient=False)[0]

    def value_and_gradient(self, theta):
        """Return the loss at theta and a fresh float64 gradient."""
        return self.evaluate(theta, self._rng())

    def evaluate(self, theta, rng=None, *, gradient=True):
        """Return (value, gradient or None); a Generator seeds the draws of each part."""
        theta = np.array(theta, self._network.dtype)
        if theta.shape != (self._network.n_parameters,):
            raise ValueError(f"theta must have shape ({self._network.n_parameters},), got {theta.shape}.")
        count = len(self.rows.counts)
        seeds = [None] * count if rng is None else rng.integers(2**63, size=count).tolist()
        shards = self.rows.map(_shard, theta, self._packed, len(self.rows), gradient, each=seeds)
        values, gradients = zip(*shards, strict=True)
        return sum(values), functools.reduce(np.add, gradients) if gradient else None

    def _rng(self):
        return None if self._seed is None else np.random.default_rng(self._seed)


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
    What `Autoencoder.fit` and Rows raise. ValueError for mini-batches and for refinement by exact second derivatives.

    Examples
    --------
    >>> model = npae.Autoencoder([16, 2], refine=npae.Refine("L-BFGS-B"))         # doctest: +SKIP
    >>> npae.distributed.fit(model, dask.array.from_zarr("digits.zarr"), client)  # doctest: +SKIP
    """
    rows = Rows(X, client)
    network, plan = build_network(model, rows.shape), build_plan(model)
    _check_plan(plan)
    objective = DistributedObjective(network, rows)
    validation = None if validation_data is None else model._compared(validation_data, rows.shape, "validation_data")
    training = _Training(objective, network, plan, plan.start(network, generator(model.random_state)), validation)
    model._learn_features(None, rows.shape[0])
    model._fitted_with = model.get_params(deep=False)
    try:
        training.run(positive_integer("epochs", model.epochs))
    except TrainingDiverged:
        _keep(model, training, objective)
        raise
    return _keep(model, training, objective)


class _Training(Training):
    """A Training whose sums over shards run on the cluster; all else happens here."""

    def __init__(self, objective, network, plan, state, validation):
        super().__init__(network, objective.rows, plan, state, validation)
        self._cluster = _Shards(network, objective)

    def _prepare(self):
        self._shards = self._cluster
        super()._prepare()


class _Shards(Shards):
    """Shards that are evaluated elsewhere; the optimiser's step is taken here."""

    def __init__(self, network, objective):
        super().__init__(network)
        self._objective = objective

    def evaluate(self, theta, X, *, rows=None, rng=None, gradient=True):
        value, total = self._objective.evaluate(theta, rng, gradient=gradient)
        if gradient:
            np.copyto(self.gradient, total, casting="same_kind")
        return value


def _keep(model, training, objective):
    """Give the model what `fit` leaves in it."""
    model.network_, model._state, model._optimizer = training.network, training.state, training.plan.optimizer
    model.theta_, model.history_ = training.theta.copy(), training.history
    model.n_epochs_, model.stop_reason_ = training.epoch, training.state.stopped
    packed, rows = _packed(training.network), objective.rows
    mean = sum(rows.map(_code_sum, training.theta, packed)) / len(rows)
    model.code_mean_ = mean
    model.code_covariance_ = sum(rows.map(_code_products, training.theta, packed, mean)) / len(rows)
    return model


def _check_plan(plan):
    if plan.batch_size is not None:
        raise ValueError(f"batch_size must be None on a cluster: full batches, got {plan.batch_size!r}.")
    if plan.refine is not None and plan.refine.traits.hessian:
        cure = "Use 'CG', 'L-BFGS-B' or 'BFGS'."
        raise ValueError(f"refine must need gradients only on a cluster, got {plan.refine.name!r}. {cure}")


def _client():
    try:
        from distributed import get_client
    except ImportError as error:
        cure = 'Run: pip install "dask[distributed]"'
        raise ImportError(f"dask must be installed for npae.distributed, got: {error}. {cure}") from error
    try:
        return get_client()
    except ValueError as error:
        raise ValueError("client must be a dask.distributed.Client, got None, and there is no current one.") from error


def _check_workers(client):
    """Raise ImportError if a worker cannot import npae: a task that mentions it would bring the worker down."""
    missing = "__import__('importlib.util').util.find_spec('npae') is None"
    lacking = [worker for worker, lacks in client.run(eval, missing, on_error="ignore").items() if lacks]
    if lacking:
        cure = "Install this version there."
        raise ImportError(f"workers must be able to import npae, got {len(lacking)} without it ({lacking[0]}). {cure}")


def _futures(X, client):
    if hasattr(X, "to_delayed") and hasattr(X, "rechunk"):
        X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
        return client.compute(list(X.to_delayed().ravel()))
    if isinstance(X, (list, tuple)) and X and all(hasattr(part, "key") and hasattr(part, "client") for part in X):
        return list(X)
    cure = "For an array in this process, use model.fit."
    raise TypeError(f"X must be a dask.array or a list of futures of arrays, got {type(X).__name__}. {cure}")


def _packed(network):
    return pickle.dumps(network)


@functools.lru_cache(maxsize=4)
def _unpacked(packed):
    """Return (network, its idle workspaces), once in each process."""
    return pickle.loads(packed), deque()


def _prepared(x, packed):
    network, _ = _unpacked(packed)
    x = check_samples(x)
    check_range(x, network.dtype, "X")
    network.loss.check_target(x)
    return np.ascontiguousarray(x, network.dtype)


def _head(x):
    return x[:SHOWN]


def _shard(x, theta, packed, samples, gradient, seed):
    """Return (value, float64 gradient or None) of a part, as a share of the whole batch of so many samples."""
    network, idle = _unpacked(packed)
    rng = None if seed is None else np.random.default_rng(seed)
    with Borrowed(idle, network.new_workspace) as work:
        value = network.evaluate(work, theta, x, x, rng, samples=samples, gradient=gradient)
        return float(value), work.gradient.astype(np.float64) if gradient else None


def _codes(x, theta, packed):
    return _unpacked(packed)[0].encode(theta, x).reshape(len(x), -1).astype(np.float64)


def _code_sum(x, theta, packed):
    return _codes(x, theta, packed).sum(axis=0)


def _code_products(x, theta, packed, mean):
    codes = _codes(x, theta, packed) - mean
    return codes.T @ codes
