"""What a worker process does for a training: evaluate its shard of each batch, and move its part of theta."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..execution.shared_memory import attached
from ..execution.threads import part_of
from ..optimize import Optimizer
from ..samples import Samples
from ..samples.mapped_files import Place, mapped_at
from ..settings.array_types import AnyArray, IntArray, Shape
from .network import Network
from .shard import Shard, add_up


class ShardServant:
    """Evaluates one shard in a process of its own.

    Parameters
    ----------
    number, count : int
        Which of how many shards.
    network : Network
        What is evaluated.
    at_a_time : int or None
        As for `Shard`.

    Attributes
    ----------
    descriptors : list of int
        Of shared memory that has arrived, and that `take` attaches to.
    """

    def __init__(self, number: int, count: int, network: Network, at_a_time: int | None) -> None:
        self._number, self._count, self._network, self._at_a_time = number, count, network, at_a_time
        self.descriptors: list[int] = []
        self._arrays: dict[str, AnyArray] = {}
        self._optimizer: Optimizer | None = None
        self._shard: Shard | None = None
        self._shown: dict[int, Samples] = {}

    def take(self, name: str, shape: Shape, dtype: str) -> None:
        """Attach to the shared array whose descriptor has arrived."""
        descriptor = self.descriptors.pop(0)
        try:
            self._arrays[name] = attached(descriptor, shape, dtype)
        finally:
            os.close(descriptor)

    def begin(self) -> None:
        """Make the shard: all gradients are there."""
        self._gradients = [self._arrays[f"gradient {i}"] for i in range(self._count)]
        self._shard = Shard(self._network, self._at_a_time, self._gradients[self._number])

    def show(self, slot: int, parts: Mapping[str, str | Place | None], gaps: bool) -> None:
        """Know samples by the number of a slot; each of their parts is a shared array, or lies in a mapped file."""
        arrays = {name: self._part(of) for name, of in parts.items()}
        X = arrays.pop("X")
        assert X is not None
        self._shown[slot] = Samples(X, **arrays, gaps=gaps)

    def _part(self, of: str | Place | None) -> AnyArray | None:
        return None if of is None else self._arrays[of] if isinstance(of, str) else mapped_at(of)

    def evaluate(
        self, theta: str, slot: int, rows: int | None, epoch: int, seeds: IntArray | None, whole: dict[str, Any]
    ) -> float:
        """Evaluate this process's part of a batch: those at the first `rows` shared indices, or all of a slot."""
        assert self._shard is not None
        self._shard.workspace.context.epoch = epoch
        chosen = None if rows is None else self._arrays["rows"][:rows]
        rng = None if seeds is None else np.random.default_rng(seeds[self._number])
        part = part_of(self._number, self._count, whole["samples"])
        return self._shard.evaluate(self._arrays[theta], self._shown[slot], chosen, part, rng, whole)

    def use(self, optimizer: bytes) -> None:
        """Move theta by this rule, a pickled optimizer, from now on."""
        self._optimizer = pickle.loads(optimizer)

    def add_up(self) -> None:
        """Add this process's part of all gradients to the first one."""
        add_up(self._gradients, part_of(self._number, self._count, len(self._gradients[0])))

    def move(self, names: list[str], numbers: Any, kept: float, pending: bool) -> None:
        """Move this process's part of theta; add up that part of the gradients first if that is `pending`."""
        assert self._optimizer is not None
        if pending:
            self.add_up()
        theta, arrays = self._arrays["theta"], {name: self._arrays[f"memory {name}"] for name in names}
        part = part_of(self._number, self._count, len(theta))
        self._optimizer.move_part(theta, self._gradients[0], arrays, numbers, kept, part)
