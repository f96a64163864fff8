"""As much of the rooms above as optimizers, schedules of eta and refinements see of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..settings.array_types import IntArray
from .monitor import Quantity


class TrainingView(Protocol):
    """What a schedule may ask a `Training`."""

    @property
    def epoch(self) -> int:
        """The number of epochs that have ended."""

    @property
    def last_epoch(self) -> int:
        """The number of epochs after which training ends."""

    @property
    def stream(self) -> bool:
        """Whether more calls of `partial_fit` may follow."""

    @property
    def validation(self) -> object:
        """The validation data, or None."""

    def measure(self, metric: Quantity, /) -> float:
        """Return this epoch's value of a loss or metric."""


class ThreadsView(Protocol):
    """What a step asks `Threads`."""

    def do(self, job: Callable[[int], None], /) -> None:
        """Call the job with the number of each thread, at the same time."""

    def part(self, number: int, size: int, /) -> slice:
        """Return which of `size` entries a thread takes."""


class NamedIndices(Protocol):
    """What an objective needs for the `layers` of a refinement."""

    def indices(self, names: list[str], /) -> IntArray:
        """Return the positions in theta that names of layers or arrays stand for, in rising order."""


class NetworkView(NamedIndices, Protocol):
    """What a refinement asks a `Network` before training."""

    @property
    def n_parameters(self) -> int:
        """The length of theta."""
