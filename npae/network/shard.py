"""The part of each batch that one thread or process evaluates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..samples import Samples
from ..samples.rows import RowReader, slices
from ..settings.array_types import AnyArray, FloatArray, IntArray
from .network import Network


def add_up(gradients: Sequence[FloatArray], part: slice) -> None:
    """Add a part of all gradients to the first one, in their order."""
    for gradient in gradients[1:]:
        gradients[0][part] += gradient[part]


class Shard:
    """Evaluates a network on parts of batches, with a workspace of its own.

    Parameters
    ----------
    network : Network
        What is evaluated.
    at_a_time : int, default None
        How many samples are evaluated at a time; None for all.
    gradient : array of shape (P,), default None
        Where the gradient is to lie; None for memory of its own.
    """

    def __init__(self, network: Network, at_a_time: int | None = None, gradient: FloatArray | None = None) -> None:
        self._network, self._at_a_time = network, at_a_time
        self.workspace = network.new_workspace(gradient)
        self._inputs, self._targets = RowReader(network.dtype), RowReader(network.dtype)
        self._sum: FloatArray | None = None

    @property
    def gradient(self) -> FloatArray:
        """The gradient of the part that was evaluated last."""
        return self.workspace.gradient

    def close(self) -> None:
        """Close the files that samples were read from."""
        self._inputs.close()
        self._targets.close()

    def read(self, samples: Samples, which: slice | IntArray | None) -> tuple[AnyArray, AnyArray]:
        """Return X and T of some of the samples; T is X itself if there are no other targets."""
        x = self._inputs.of(samples.X, which)
        return x, x if samples.T is None else self._targets.of(samples.T, which)

    def evaluate(
        self,
        theta: FloatArray,
        samples: Samples,
        rows: IntArray | None,
        part: slice,
        rng: np.random.Generator | None,
        whole: dict[str, Any],
    ) -> float:
        """Return this part's share of a batch's loss; leave that of the gradient in `gradient`.

        Parameters
        ----------
        theta : array of shape (P,)
            Where.
        samples : Samples
            The training data.
        rows : array of int, or None
            Which of them are the batch; None for all.
        part : slice
            Which of the batch's rows are this part.
        rng : Generator or None
            What this part draws from.
        whole : dict
            What `Network.evaluate` is told about the whole batch: `samples`, `real`, `seen`, and `gradient`.
        """
        value, weights, mask = 0.0, samples.relative_weights, samples.mask
        if part.start == part.stop:
            self.gradient.fill(0.0)
            return value
        for piece in slices(part, self._at_a_time or part.stop - part.start):
            which = piece if rows is None else rows[piece]
            x, t = self.read(samples, which)
            parts: dict[str, Any] = {
                "mask": None if mask is None else mask[which],
                "weights": None if weights is None else weights[which],
            }
            value += self._network.evaluate(self.workspace, theta, x, t, rng, **parts, **whole)
            if whole["gradient"] and (piece.start, piece.stop) != (part.start, part.stop):
                self._add_piece(piece.start == part.start, piece.stop == part.stop)
        return value

    def _add_piece(self, first: bool, last: bool) -> None:
        """Add the gradient of a piece to those of the pieces before; after the last one it is the part's."""
        own, total = self.gradient, self._sum
        if total is None:
            total = self._sum = np.empty_like(own)
        np.add(total, own, out=total) if not first else np.copyto(total, own)
        if last:
            np.copyto(own, total)
