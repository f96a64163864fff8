"""The rows of a data set that no machine holds, part by part on the workers of a Dask cluster."""

import functools
import pickle
from collections import deque
from concurrent.futures import CancelledError

import numpy as np

from ..samples.arrays import check_range, checked_array

ATTEMPTS = 5  # at one evaluation, when workers die
LARGE = 1_000_000  # bytes of an array from which on it goes to the workers directly, not inside each task
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
        _check_shapes(shapes)
        self.counts, self.shape = [shape[0] for shape in shapes], shapes[0][1:]

    def __len__(self):
        return sum(self.counts)

    def __getitem__(self, rows):
        """Return some of the first rows, as an array: enough to name a layer that overflows."""
        return self.client.submit(_head, self.futures[0], pure=False).result()[rows]

    def __array__(self, dtype=None, copy=None):
        raise TypeError("X must be in this process for that, got rows on a cluster. Monitor 'loss' or 'val_loss'.")

    def map(self, function, *arguments, each=None):
        """Return [function(part, *arguments)] over the parts in order; `each` is a list of a last argument for each."""
        own = [()] * len(self.futures) if each is None else [(argument,) for argument in each]
        left = ATTEMPTS
        while True:
            left -= 1
            try:
                return self._mapped(function, arguments, own)
            except CancelledError as error:
                self._check_there(error, left)

    def _mapped(self, function, arguments, own):
        shared = [self._sent(argument) for argument in arguments]
        tasks = [
            self.client.submit(function, part, *shared, *last, pure=False)
            for part, last in zip(self.futures, own, strict=True)
        ]
        return self.client.gather(tasks)

    def prepare(self, network):
        """Replace the parts by ones that are checked and in the network's dtype."""
        content = packed(network)
        self.futures = [
            self.client.submit(_prepared, part, f"part {number} of X", content, pure=False)
            for number, part in enumerate(self.futures)
        ]
        self.map(len)

    def _sent(self, argument):
        large = isinstance(argument, np.ndarray) and argument.nbytes > LARGE
        return self.client.scatter(argument, broadcast=True, hash=False) if large else argument

    def _check_there(self, error, left):
        """Raise RuntimeError where trying again cannot help."""
        lost = [number for number, part in enumerate(self.futures) if part.status in ("cancelled", "lost")]
        if lost or not left:
            which = f"part {lost[0]}" if lost else "results"
            hint = "Make parts by tasks, which Dask repeats (dask.array, client.map(load, files)), not by scatter."
            rule = "parts of X must outlive the workers that hold them"
            raise RuntimeError(f"{rule}, got {which} lost ({error}). {hint}") from error


def _client():
    try:
        from distributed import get_client
    except ImportError as error:
        hint = 'Run: pip install "dask[distributed]"'
        raise ImportError(f"dask must be installed for npae.distributed, got: {error}. {hint}") from error
    try:
        return get_client()
    except ValueError as error:
        raise ValueError("client must be a dask.distributed.Client, got None, and there is no current one.") from error


def _check_workers(client):
    """Raise ImportError if a worker cannot import npae: a task that mentions it would bring the worker down."""
    missing = "__import__('importlib.util').util.find_spec('npae') is None"
    lacking = [worker for worker, lacks in client.run(eval, missing, on_error="ignore").items() if lacks]
    if lacking:
        hint = "Install this version there."
        raise ImportError(f"workers must be able to import npae, got {len(lacking)} without it ({lacking[0]}). {hint}")


def _futures(X, client):
    if hasattr(X, "to_delayed") and hasattr(X, "rechunk"):
        X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
        return client.compute(list(X.to_delayed().ravel()))
    if isinstance(X, (list, tuple)) and X and all(hasattr(part, "key") and hasattr(part, "client") for part in X):
        return list(X)
    hint = "For an array in this process, use model.fit."
    raise TypeError(f"X must be a dask.array or a list of futures of arrays, got {type(X).__name__}. {hint}")


def packed(network):
    """Return a network as bytes, for `unpacked` on a worker."""
    return pickle.dumps(network)


@functools.lru_cache(maxsize=4)
def unpacked(content):
    """Return (network, its idle workspaces), once in each process."""
    return pickle.loads(content), deque()


def _check_shapes(shapes):
    """Raise ValueError unless all parts hold rows (n, ...), and of one shape."""
    proper = [shape for shape in shapes if len(shape) > 1 and 0 not in shape]
    for number, shape in enumerate(shapes):
        if shape not in proper or shape[1:] != proper[0][1:]:
            rule = f"hold rows of one shape, at least one, like {proper[0] if proper else '(n, D)'}"
            raise ValueError(f"parts of X must {rule}, got {shape} in part {number}.")


def _prepared(x, what, content):
    network, _ = unpacked(content)
    x = checked_array(x, what)
    check_range(x, network.dtype, what)
    network.loss.check_target(x)
    return np.ascontiguousarray(x, network.dtype)


def _head(x):
    return x[:SHOWN]
