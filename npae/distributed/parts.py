"""The rows of a data set that no machine holds all of: in parts, on the workers of a Dask cluster."""

from __future__ import annotations

import functools
import pickle
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import Any

import numpy as np

from ..layers.workspace import Workspace
from ..network import Network
from ..samples import Samples
from ..samples.arrays import check_range, checked_array
from ..samples.columns import names_of
from ..samples.masks import check_mask, zero_padding
from ..settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray, IntArray, Shape

ATTEMPTS = 5  # per evaluation, if workers die
LARGE = 1_000_000  # bytes above which an array goes to the workers directly instead of inside each task
FETCHED = 1000  # rows that are fetched to find out which layer overflowed


class Rows:
    """The rows of a data set in parts, each of them on some worker of a Dask cluster.

    Parameters
    ----------
    X : dask.array of shape (N, ...), or list of futures of arrays (n, ...)
        The data set. The parts are the array's chunks along the rows, or the futures.
    client : dask.distributed.Client, default None
        The cluster; None for the current client.
    mask : bool array of shape (N, T), default None
        False where a step of the series X is padding. All of it is in this process, too.

    Attributes
    ----------
    client : dask.distributed.Client
        The cluster.
    futures : list of dask.distributed.Future
        The parts in order.
    counts : list of int
        The number of rows in each part.
    shape : tuple of int
        The shape of one sample.
    names : array of object or None
        The labels of the columns, if the parts are tables.
    mask : array of bool or None
        The mask.

    Raises
    ------
    ImportError
        If Dask is not installed, or a worker cannot import npae.
    TypeError
        If X is anything else.
    ValueError
        If a part has no rows, the samples of the parts differ in shape or in the labels of their columns, or the mask
        does not fit them.
    RuntimeError
        If parts are lost.

    Examples
    --------
    >>> rows = npae.distributed.Rows(dask.array.from_zarr("digits.zarr"), client)  # doctest: +SKIP
    >>> rows.counts, rows.shape                                                    # doctest: +SKIP
    ([10000, 10000, 10000], (784,))
    """

    def __init__(self, X: Any, client: Any = None, mask: ArrayLike | None = None) -> None:
        self.client = _client() if client is None else client
        _check_workers(self.client)
        self.futures = _futures(X, self.client)
        forms = self.map(_form)
        shapes = [shape for shape, _ in forms]
        _check_shapes(shapes)
        self.names: AnyArray | None = _common_names([names for _, names in forms])
        self.counts: list[int] = [shape[0] for shape in shapes]
        self.shape: Shape = shapes[0][1:]
        self.mask = check_mask(mask, np.broadcast_to(0.0, (len(self), *self.shape)))
        self._prepared_for: tuple[object, object] | None = None

    def __len__(self) -> int:
        return sum(self.counts)

    def __getitem__(self, rows: slice | IntArray) -> AnyArray:
        """Return some of the first rows as an array: enough to name a layer that overflows."""
        head: AnyArray = self.client.submit(_head, self.futures[0], pure=False).result()
        return head[rows]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        raise TypeError("X must be in this process for that, got rows on a cluster. Monitor 'loss' or 'val_loss'.")

    def map(self, function: Callable[..., Any], *arguments: Any, each: Sequence[Any] | None = None) -> list[Any]:
        """Call a function of each part, on the workers.

        Parameters
        ----------
        function : callable
            Called as function(part, *arguments), where the parts are.
        *arguments : object
            Further arguments, the same for all parts.
        each : list, default None
            A last argument for each part.

        Returns
        -------
        list
            The results in the order of the parts.

        Raises
        ------
        RuntimeError
            If parts are lost.
        """
        own: list[tuple[Any, ...]] = [()] * len(self.futures)
        if each is not None:
            own = [(argument,) for argument in each]
        left = ATTEMPTS
        while True:
            left -= 1
            try:
                return self._mapped(function, arguments, own)
            except CancelledError as error:
                self._check_there(error, left)

    def _mapped(
        self, function: Callable[..., Any], arguments: Sequence[Any], own: Sequence[tuple[Any, ...]]
    ) -> list[Any]:
        shared = [self._sent(argument) for argument in arguments]
        tasks = [
            self.client.submit(function, part, *shared, *last, pure=False)
            for part, last in zip(self.futures, own, strict=True)
        ]
        results: list[Any] = self.client.gather(tasks)
        return results

    def prepare(self, network: Network) -> None:
        """Replace the parts by checked ones in the network's dtype, unless that has been done already.

        Parameters
        ----------
        network : Network
            What will be trained on them.

        Raises
        ------
        ValueError
            If a part holds numbers that the network or its loss cannot take.
        """
        purpose = (network.dtype, network.loss)
        if self._prepared_for == purpose:
            return
        content, masks = packed(network), self._masks()
        self.futures = [
            self.client.submit(_prepared, part, f"part {number} of X", content, mask, pure=False)
            for number, (part, mask) in enumerate(zip(self.futures, masks, strict=True))
        ]
        self.map(len)
        self._prepared_for = purpose

    def _masks(self) -> Sequence[BoolArray | None]:
        """Return the mask of each part."""
        if self.mask is None or self._prepared_for is not None:  # then the parts have theirs
            return [None] * len(self.counts)
        masks: list[BoolArray] = np.split(self.mask, np.cumsum(self.counts)[:-1])
        return masks

    def _sent(self, argument: Any) -> Any:
        large = isinstance(argument, np.ndarray) and argument.nbytes > LARGE
        return self.client.scatter(argument, broadcast=True, hash=False) if large else argument

    def _check_there(self, error: CancelledError, left: int) -> None:
        """Raise RuntimeError if trying again cannot help."""
        lost = [number for number, part in enumerate(self.futures) if part.status in ("cancelled", "lost")]
        if lost or not left:
            which = f"part {lost[0]}" if lost else "results"
            hint = "Make parts by tasks, which Dask repeats (dask.array, client.map(load, files)), not by scatter."
            rule = "parts of X must outlive the workers that hold them"
            raise RuntimeError(f"{rule}, got {which} lost ({error}). {hint}") from error


def _client() -> Any:
    try:
        from distributed import get_client
    except ImportError as error:
        hint = 'Run: pip install "dask[distributed]"'
        raise ImportError(f"dask must be installed for npae.distributed, got: {error}. {hint}") from error
    try:
        return get_client()
    except ValueError as error:
        raise ValueError("client must be a dask.distributed.Client, got None, and there is no current one.") from error


def _check_workers(client: Any) -> None:
    """Raise ImportError if a worker cannot import npae: a task that refers to it would end the worker."""
    missing = "__import__('importlib.util').util.find_spec('npae') is None"
    lacking = [worker for worker, lacks in client.run(eval, missing, on_error="ignore").items() if lacks]
    if lacking:
        hint = "Install this version there."
        raise ImportError(f"workers must be able to import npae, got {len(lacking)} without it ({lacking[0]}). {hint}")


def _futures(X: Any, client: Any) -> list[Any]:
    if hasattr(X, "to_delayed") and hasattr(X, "rechunk"):
        X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
        futures: list[Any] = client.compute(list(X.to_delayed().ravel()))
        return futures
    if isinstance(X, (list, tuple)) and X and all(hasattr(part, "key") and hasattr(part, "client") for part in X):
        return list(X)
    hint = "For an array in this process, use model.fit."
    raise TypeError(f"X must be a dask.array or a list of futures of arrays, got {type(X).__name__}. {hint}")


def packed(network: Network) -> bytes:
    """Return a network as bytes, for `unpacked` on a worker."""
    return pickle.dumps(network)


@functools.lru_cache(maxsize=4)
def unpacked(content: bytes) -> tuple[Network, deque[Workspace]]:
    """Return a network and its idle workspaces, unpacked once per process."""
    return pickle.loads(content), deque()


def _check_shapes(shapes: Sequence[Shape]) -> None:
    """Raise ValueError unless all parts hold rows (n, ...) of one shape."""
    proper = [shape for shape in shapes if len(shape) > 1 and 0 not in shape]
    for number, shape in enumerate(shapes):
        if shape not in proper or shape[1:] != proper[0][1:]:
            rule = f"hold rows of one shape, at least one, like {proper[0] if proper else '(n, D)'}"
            raise ValueError(f"parts of X must {rule}, got {shape} in part {number}.")


def _form(x: Any) -> tuple[Shape, list[Any] | None]:
    return np.shape(x), names_of(x)


def _common_names(names: Sequence[list[Any] | None]) -> AnyArray | None:
    """Return the labels of the columns of all parts; ValueError if they differ, in their order too."""
    first = names[0]
    for number, own in enumerate(names):
        if own != first:
            rule = f"parts of X must have the same columns in the same order, such as {first} of part 0"
            raise ValueError(f"{rule}, got {own} in part {number}.")
    return None if first is None else np.fromiter(first, dtype=object, count=len(first))


def _prepared(x: Any, what: str, content: bytes, mask: BoolArray | None) -> FloatArray | Samples:
    """Return a part as a checked array in the network's dtype, or with a mask as Samples."""
    network, _ = unpacked(content)
    if isinstance(x, Samples):
        x, mask = x.X, x.mask
    x = checked_array(zero_padding(x if mask is None else np.asarray(x), mask), what)
    check_range(x, network.dtype, what)
    network.loss.check_target(x)
    x = np.ascontiguousarray(x, network.dtype)
    return x if mask is None else Samples(x, mask=mask)


def _head(x: AnyArray | Samples) -> AnyArray:
    return (x.X if isinstance(x, Samples) else x)[:FETCHED]
