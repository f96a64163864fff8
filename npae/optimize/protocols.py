"""As much of the rooms above as optimizers, schedules of eta and refinements see of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..settings.array_types import FloatArray, IntArray
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

    @property
    def count(self) -> int:
        """The number of threads."""

    def do(self, job: Callable[[int], None], /) -> None:
        """Call the job with the number of each thread, at the same time."""

    def part(self, number: int, size: int, /) -> slice:
        """Return which of `size` entries a thread takes."""

    def share_out(self, jobs: Sequence[tuple[float, Callable[[], object]]], /) -> None:
        """Carry out jobs (cost, function), each on the thread that has least to do."""


class CurvatureView(Protocol):
    """What a step of second order asks about the loss of a batch: `BatchCurvature`."""

    @property
    def threads(self) -> ThreadsView:
        """The threads that share the work."""

    @property
    def loss(self) -> float:
        """The loss of the batch at the theta of the gradient, as training has drawn it."""

    @property
    def whole(self) -> bool:
        """Whether the batch is all samples."""

    def move(self, theta: FloatArray, share: float, least: int, seed: int, /) -> None:
        """Go to theta, and to a share of the batch's samples, but to no fewer than `least` if there are so many."""

    def mix_factors(self, averages: dict[str, tuple[FloatArray, FloatArray]], keep: float, seed: int, /) -> bool:
        """Take the Kronecker factors of one draw into averages (L, R) by name; return whether all were finite."""

    def products(self, vectors: Sequence[FloatArray], /) -> FloatArray:
        """Return v_i^T B v_j for all pairs of vectors."""

    def arrays(self, vector: FloatArray, /) -> dict[str, FloatArray]:
        """Return the matrices that a vector like theta consists of, by name."""

    def loss_before(self, theta: FloatArray, seed: int, /) -> float:
        """Return the loss of the batch at the theta of the gradient."""

    def loss_at(self, theta: FloatArray, seed: int, /) -> float:
        """Return the loss of the batch at another theta."""


class NamedIndices(Protocol):
    """What an objective needs for the `layers` of a refinement."""

    def indices(self, names: list[str], /) -> IntArray:
        """Return the positions in theta that names of layers or arrays stand for, in rising order."""


class NetworkView(NamedIndices, Protocol):
    """What a refinement asks a `Network` before training."""

    @property
    def n_parameters(self) -> int:
        """The length of theta."""

    def check_gauss_newton(self) -> None:
        """Raise ValueError unless the network offers Gauss-Newton products."""

    def check_sum_of_squares(self) -> None:
        """Raise ValueError unless the loss is a sum of squares, and nothing else is added to it."""

    def check_factors(self) -> None:
        """Raise ValueError unless the loss is curved and a layer has Kronecker factors."""
