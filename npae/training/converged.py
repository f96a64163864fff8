"""Stop when there is nothing more to gain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..settings.checks import number_in
from .callbacks import AfterEpoch, Callback

if TYPE_CHECKING:
    from .loop import Training


@dataclass(frozen=True)
class Converged(Callback):
    """Stop when an epoch lowers the loss by less than a share of it, or when almost nothing of the loss is left.

    It suits epochs that are refinements. The loss after a few steps of an optimizer says less. Shares are of the loss
    itself, whose least value is taken to be 0. A loss that has a constant in it, or that may be negative, is better
    stopped by `EarlyStopping` with a `min_delta`, which compares differences.

    Parameters
    ----------
    tolerance : float, default 0.02
        The share, in [0, 1]; of the size of the loss, if that is negative.
    floor : float, default 0.0
        Stop too when the loss is at most this share, in [0, 1], of the loss that training began with; where batches
        leave that unknown, of the loss of the first epoch. A loss that can
        fall for ever, such as cross-entropy on samples that are reproduced exactly, needs one. A loss below 0 has
        passed no floor.

    Raises
    ------
    ValueError
        For a share outside [0, 1].

    Examples
    --------
    >>> import npae
    >>> X = npae.datasets.load_font("capitals").pixels
    >>> refine = npae.Refine("L-BFGS-B", max_iterations=50)
    >>> ae = npae.Autoencoder([2], optimizer=None, refine=refine, epochs=100, callbacks=[npae.Converged(0.01)])
    >>> ae.fit(X).stop_reason_
    'converged'
    """

    tolerance: float = 0.02
    floor: float = 0.0

    def __post_init__(self) -> None:
        number_in("tolerance", self.tolerance, 0, 1)
        number_in("floor", self.floor, 0, 1)

    @contextmanager
    def begin(self, training: Training, memory: dict[str, Any]) -> Iterator[AfterEpoch]:
        if math.isfinite(training.state.loss):
            memory.setdefault("loss", training.state.loss)
            memory.setdefault("first", memory["loss"])

        def after_epoch() -> str | None:
            before, now = memory.get("loss"), training.history["loss"][-1]
            memory["loss"] = now
            if memory.get("first") is None:  # batches have no loss before their first epoch
                memory["first"] = now if before is None else before
            if before is None:
                return None
            still = now >= before - self.tolerance * abs(before)
            return "converged" if still or 0 <= now <= self.floor * memory["first"] else None

        yield after_epoch
