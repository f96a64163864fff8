"""The gaps of the training data: what stands in them while a network learns from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..network.completion import ROUNDS, completed
from ..samples import Samples
from ..settings.array_types import FloatArray

if TYPE_CHECKING:
    from .loop import Training

EVERY = 10  # epochs of an optimizer from one completion to the next


class Completion:
    """Completes the training data by the network's own predictions, between epochs.

    While an epoch lasts, the gaps do not change, so that a refinement has one function to make small. What stands in
    them is part of the training's state.

    Parameters
    ----------
    training : Training
        Its network completes gaps, and its data have some.
    """

    def __init__(self, training: Training) -> None:
        self._training, self._gaps = training, np.isnan(training.data.X)
        self._refines = training.plan.optimizer is None
        self._data = training.data

    @classmethod
    def of(cls, training: Training) -> Completion | None:
        """Return the Completion of a training, None where there is nothing to complete."""
        if not training.data.gaps or not training.network.completes:
            return None
        return cls(training)

    @property
    def due(self) -> bool:
        """Whether an epoch begins with another completion."""
        epoch = self._training.epoch
        return epoch > 0 and not self._training.stream and (self._refines or epoch % EVERY == 0)

    def first(self) -> Samples:
        """Return the data to begin with: with what the state holds, or in a stream what the network predicts by now."""
        state, network, data = self._training.state, self._training.network, self._training.data
        if state.fills is not None and not self._training.stream:
            X = np.array(data.X, network.dtype)
            X[self._gaps] = state.fills
            self._data = _with_inputs(data, X)
        else:
            self._data = self._completed(None, ROUNDS if state.epoch else 0)
        return self._data

    def next(self) -> Samples:
        """Return the data, completed again from where they are."""
        self._data = self._completed(self._data.X, ROUNDS)
        self._training.state.fills = self._data.X[self._gaps]
        return self._data

    def _completed(self, start: FloatArray | None, rounds: int) -> Samples:
        training = self._training
        return completed(
            training.network, training.theta, training.data, start, rounds=rounds, threads=training.threads
        )


def _with_inputs(data: Samples, X: FloatArray) -> Samples:
    """Return samples with other inputs and the same targets."""
    return Samples(X, data.target, data.mask, data.names, data.weights, data.gaps)
