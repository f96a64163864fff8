"""As much of training as a schedule of eta sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .monitor import Quantity


class TrainingView(Protocol):
    """What `check` and `after_epoch` of a schedule may ask: `npae.training.Training` has it, and more."""

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
