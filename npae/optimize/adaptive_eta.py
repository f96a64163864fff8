"""Schedules of eta that watch whether training makes progress."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..settings.checks import number_in, positive_integer, true_or_false
from .eta import EtaSchedule, Memory
from .monitor import Quantity, check_monitor, check_validation, remember_best, sign_of
from .protocols import TrainingView

BLOW_UP = 3.0  # a noisy loss may scatter, but not rise by this factor


@dataclass(frozen=True)
class AdaptiveEta(EtaSchedule):
    """Grow eta after a row of improving epochs, shrink it when the loss rises ("bold driver", [1]_, [2]_).

    If the loss is only an estimate (batches, noise), it is compared with its running mean plus three mean deviations.
    Then only epochs that blew it up (threefold, or not finite) are undone, and eta grows back to its first value at
    most.

    Parameters
    ----------
    grow : float, default 1.1
        Factor of at least 1 for eta after `patience` improving epochs in a row.
    shrink : float, default 0.5
        Factor in ]0, 1[ for eta after an epoch that made the loss worse.
    patience : int, default 3
        Improving epochs in a row before eta grows.
    undo : bool, default True
        Whether to undo an epoch that made the loss worse. An exact loss then rises by `tolerance` at most.
    tolerance : float, default 0.0
        Relative rise of the loss that does not count as worse.
    minimum : float, default 1e-8
        Lower bound of eta.
    maximum : float, default 1e3
        Upper bound of eta.

    References
    ----------
    .. [1] Vogl, Mangis, Rigler, Zink & Alkon, "Accelerating the convergence of the back-propagation method", Biological
       Cybernetics 59 (1988), sec. 3.
    .. [2] Battiti, "Accelerated backpropagation learning: two optimization methods", Complex Systems 3 (1989), sec. 3.
    """

    grow: float = 1.1
    shrink: float = 0.5
    patience: int = 3
    undo: bool = True
    tolerance: float = 0.0
    minimum: float = 1e-8
    maximum: float = 1e3

    def __post_init__(self) -> None:
        number_in("grow", self.grow, 1, math.inf)
        number_in("shrink", self.shrink, 0, 1, closed=False)
        positive_integer("patience", self.patience)
        number_in("tolerance", self.tolerance, 0, math.inf)
        number_in("maximum", self.maximum, 0, math.inf)
        number_in("minimum", self.minimum, 0, self.maximum)
        true_or_false("undo", self.undo)

    def start(self, loss: float) -> Memory:
        return {"loss": loss, "spread": 0.0, "improved": 0}

    def update(self, eta: float, loss: float, memory: Memory, exact: bool = True) -> tuple[float, bool]:
        finite = math.isfinite(loss)
        memory.setdefault("first", eta)
        bound = memory["loss"] * (1 + self.tolerance) + (0.0 if exact else 3 * memory["spread"])
        if finite and loss <= bound:
            _remember(loss, memory, exact)
            memory["improved"] += 1
            if memory["improved"] % self.patience == 0:
                eta = min(eta * self.grow, self.maximum if exact else memory["first"])
            return eta, True
        memory["improved"] = 0
        stands = not self.undo or (not exact and finite and loss <= BLOW_UP * bound)
        if stands:
            _remember(loss, memory, exact)
        return max(eta * self.shrink, self.minimum), stands

    def after_refinement(self, loss: float, memory: Memory) -> None:
        memory["loss"] = loss


def _remember(loss: float, memory: Memory, exact: bool) -> None:
    """Keep the loss itself or, if it scatters, its running mean and mean deviation."""
    if exact or not math.isfinite(memory["loss"]):
        memory["loss"] = loss
    else:
        memory["spread"] = 0.8 * memory["spread"] + 0.2 * abs(loss - memory["loss"])
        memory["loss"] = 0.8 * memory["loss"] + 0.2 * loss


@dataclass(frozen=True)
class ReduceOnPlateau(EtaSchedule):
    """Reduce on plateau: eta <- factor * eta when a number has not improved for `patience` epochs in a row.

    Then the count starts from scratch. It may stand among the callbacks instead of in an optimizer's `adapt`.

    Parameters
    ----------
    monitor : str or callable, default "loss"
        The number that is watched: "loss", "val_loss" or another one that EarlyStopping takes.
    factor : float, default 0.5
        In ]0, 1[.
    patience : int, default 5
        As in EarlyStopping.
    min_delta : float, default 0.0
        The number has improved if it is better than its best by more than this.
    mode : {"min", "max"} or None, default None
        Which way is better, as in EarlyStopping.
    minimum : float, default 0.0
        Lower bound of eta.
    """

    monitor: Quantity = "loss"
    factor: float = 0.5
    patience: int = 5
    min_delta: float = 0.0
    mode: str | None = None
    minimum: float = 0.0

    wants_loss = False

    def __post_init__(self) -> None:
        positive_integer("patience", self.patience)
        check_monitor(self.monitor, self.mode, self.min_delta, self.patience)
        number_in("factor", self.factor, 0, 1, closed=False)
        number_in("minimum", self.minimum, 0, math.inf)

    def check(self, training: TrainingView) -> None:
        check_validation([self.monitor], training, self)

    def after_epoch(self, eta: float, training: TrainingView, memory: Memory) -> float:
        value = sign_of(self.monitor, self.mode) * training.measure(self.monitor)
        if remember_best(value, memory, self.min_delta) or memory["waited"] < self.patience:
            return eta
        memory["waited"] = 0
        return max(eta * self.factor, min(eta, self.minimum))
