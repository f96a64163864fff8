"""Worker processes that evaluate shards of batches, and what they share with the process that trains."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from ..execution.pickling import pickled
from ..execution.processes import NoServant, Processes
from ..execution.shared_memory import SharedArray
from ..execution.threads import part_of
from ..optimize import Optimizer
from ..optimize.optimizer import arrays_of
from ..samples import Samples
from ..samples.mapped_files import Place, is_mapped, place_of
from ..settings.array_types import AnyArray, FloatArray, IntArray
from .network import Network
from .shard import Shard, add_up
from .shard_servant import ShardServant


class ProcessTeam:
    """A team of processes that evaluate the shards of batches; a context manager, with which it ends.

    Parameters
    ----------
    network : Network
        What is evaluated.
    gradients : list of SharedArray
        One for each shard. The first one is the calling process's, and the sum is there in the end.
    theta : SharedArray
        What is trained.
    at_a_time : int or None
        As for `Shard`.

    Raises
    ------
    OSError
        If this system cannot start such processes, or has not enough shared memory.
    ValueError
        If the network cannot travel to another process.
    """

    def __init__(
        self, network: Network, gradients: list[SharedArray], theta: SharedArray, at_a_time: int | None = None
    ) -> None:
        self._gradients, self._theta, self._count = [each.array for each in gradients], theta.array, len(gradients)
        self._shard = Shard(network, at_a_time, self._gradients[0])
        self._shared: dict[str, SharedArray] = {}
        # All processes know two sets of samples, by the number of a slot: the data, and the draw of a refinement.
        self._shown: list[Samples | None] = [None, None]
        self._slot = 0
        self._optimizer: Optimizer | None = None
        self._known = False
        self._lent = {"theta": theta} | {f"gradient {i}": each for i, each in enumerate(gradients)}
        try:
            self._processes = Processes(self._count - 1, ShardServant, (self._count, network, at_a_time))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise _stuck(error) from None

    def __enter__(self) -> ProcessTeam:
        return self

    def __exit__(self, *exception: object) -> None:
        self._processes.__exit__(*exception)
        self._shard.close()
        for name in list(self._shared):
            self._shared.pop(name).close()

    @property
    def ids(self) -> list[int]:
        """The ids of the worker processes."""
        return self._processes.ids

    @property
    def ready(self) -> bool:
        """Whether the processes have started, which takes about a second."""
        return self._processes.ready

    def begin(self) -> None:
        """Share theta and the gradients; wait until all processes have started.

        Raises
        ------
        ValueError
            If one of them cannot import what the network is made of.
        """
        try:
            for name, shared in self._lent.items():
                self._processes.lend(name, shared)
            self._processes.call("begin")
        except NoServant as error:
            raise _stuck(error) from None

    def evaluate(
        self,
        theta: FloatArray,
        rows: IntArray | None,
        epoch: int,
        seeds: IntArray | None,
        whole: dict[str, Any],
    ) -> float:
        """Return the loss of the batch that `look_at` has shown; each process leaves its gradient in its array.

        Parameters
        ----------
        theta : array of shape (P,)
            The shared one, or another, which is copied.
        rows : array of int, or None
            Which samples are the batch; None for all.
        epoch : int
            Number of the epoch.
        seeds : array of int, or None
            Of the random numbers of each shard.
        whole : dict
            As for `Shard.evaluate`.
        """
        samples = self._shown[self._slot]
        assert samples is not None
        part = part_of(0, self._count, whole["samples"])

        def own() -> float:
            self._shard.workspace.context.epoch = epoch
            rng = None if seeds is None else np.random.default_rng(seeds[0])
            return self._shard.evaluate(theta, samples, rows, part, rng, whole)

        size = None if rows is None else len(rows)
        name = self._name_of(theta)
        return float(sum(self._processes.call("evaluate", name, self._slot, size, epoch, seeds, whole, own=own)))

    def add_up(self) -> None:
        """Add all gradients to the first one, each process a part of them."""
        part = part_of(0, self._count, len(self._theta))
        self._processes.call("add_up", own=lambda: add_up(self._gradients, part))

    def takes(self, optimizer: Optimizer, memory: dict[str, Any]) -> bool:
        """Move the arrays of an optimizer's memory into shared memory; return whether processes can share its step.

        They cannot if they do not know its class, or if it remembers arrays that are not like theta.
        """
        arrays = arrays_of(memory)
        if optimizer is not self._optimizer:
            self._optimizer, self._known = optimizer, self._introduced(optimizer)
        if not self._known or any(array.shape != self._theta.shape for array in arrays.values()):
            return False
        for name, array in arrays.items():
            held = self._shared.get(f"memory {name}")
            if held is None or held.array is not array:
                memory[name] = self._share(f"memory {name}", array)
        return True

    def _introduced(self, optimizer: Optimizer) -> bool:
        """Let the processes know an optimizer; return whether they can import its class."""
        try:
            self._processes.call("use", pickled(optimizer))
        except (pickle.PicklingError, AttributeError, TypeError, ImportError):
            return False
        return True

    def move(
        self, optimizer: Optimizer, arrays: dict[str, FloatArray], numbers: Any, kept: float, *, pending: bool
    ) -> None:
        """Move theta, each process a part of it; `pending` says that the gradients are yet to be added up."""
        part = part_of(0, self._count, len(self._theta))

        def own() -> None:
            if pending:
                add_up(self._gradients, part)
            optimizer.move_part(self._theta, self._gradients[0], arrays, numbers, kept, part)

        self._processes.call("move", list(arrays), numbers, kept, pending, own=own)

    def _name_of(self, theta: FloatArray) -> str:
        """Return the name of the shared array that holds theta's numbers: theta itself, or a copy."""
        return "theta" if theta is self._theta else f"point {theta.dtype}"

    def _place(self, name: str, size: int, dtype: Any) -> AnyArray:
        """Return the shared array of a name, and make it if there is none of that size."""
        shared = self._shared.get(name)
        if shared is None or shared.array.size != size:
            return self._lend(name, SharedArray((size,), dtype))
        return shared.array

    def _share(self, name: str, array: AnyArray) -> AnyArray:
        """Return a copy of an array in shared memory, by this name."""
        shared = self._shared.get(name)
        if shared is None or (shared.array.shape, shared.array.dtype) != (array.shape, array.dtype):
            return self._lend(name, SharedArray.of(array))
        np.copyto(shared.array, array)
        return shared.array

    def _lend(self, name: str, shared: SharedArray) -> AnyArray:
        if name in self._shared:
            self._shared.pop(name).close()
        self._shared[name] = shared
        self._processes.lend(name, shared)
        return shared.array

    def look_at(self, theta: FloatArray, samples: Samples, rows: IntArray | None) -> None:
        """Let all processes see what `evaluate` is about; OSError if there is no shared memory left for it."""
        self._look_at_samples(samples)
        if theta is not self._theta:
            np.copyto(self._place(self._name_of(theta), len(theta), theta.dtype), theta)
        if rows is not None:
            self._place("rows", len(samples), rows.dtype)[: len(rows)] = rows

    def _look_at_samples(self, samples: Samples) -> None:
        if samples is self._shown[self._slot]:
            return
        self._slot = 1 - self._slot
        if samples is not self._shown[self._slot]:
            self._shown[self._slot] = None
            given = {"X": samples.X, "T": samples.T, "mask": samples.mask, "weights": samples.weights}
            parts = {name: self._part(f"samples {self._slot} {name}", array) for name, array in given.items()}
            self._processes.call("show", self._slot, parts, samples.gaps)
            self._shown[self._slot] = samples

    def _part(self, name: str, array: AnyArray | None) -> str | Place | None:
        if array is None:
            return None
        if is_mapped(array):
            return place_of(array)
        self._share(name, array)
        return name


def bytes_to_copy(samples: Samples) -> int:
    """Return how much shared memory samples need that are not in a mapped file."""
    given = (samples.X, samples.T, samples.mask, samples.weights)
    return sum(array.nbytes for array in given if array is not None and not is_mapped(array))


def _stuck(error: Exception) -> ValueError:
    hint = "Put layers, losses and noise of your own into a module, or train with workers=1."
    rule, got = "workers must be 1 for a network that another process cannot import", str(error).rstrip(".")
    return ValueError(f"{rule}, got {got}. {hint}")
