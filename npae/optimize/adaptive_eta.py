"""Schedules of eta that watch whether training makes progress."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..settings.checks import number_in, positive_integer, true_or_false
from .eta import EtaSchedule, Memory
from .monitor import Quantity, check_monitor, check_validation, remember_best, sign_of
from .protocols import TrainingView

STUBBORN = 10  # undone epochs in a row after which the loss they are compared with is what must be wrong
BLOW_UP = 0.5  # share of what training has gained that one epoch may lose if its loss is only an estimate


@dataclass(frozen=True)
class AdaptiveEta(EtaSchedule):
    """Grow eta after a row of improving epochs, shrink it when the loss rises ("bold driver", [1]_, [2]_).

    If the loss is only an estimate (batches, noise), it is compared with its running mean plus three mean deviations.
    Then only epochs that blew it up are undone: those that lost half of what training had gained, or whose loss is not
    finite. And eta grows back to its first value at most. Only differences of losses count, so that a constant that is
    added to a loss, which may make it negative, changes nothing.

    Parameters
    ----------
    grow : float, default 1.1
        Factor of at least 1 for eta after `patience` improving epochs in a row.
    shrink : float, default 0.5
        Factor in ]0, 1[ for eta after an epoch that made the loss worse.
    patience : int, default 3
        Improving epochs in a row before eta grows.
    undo : bool, default True
        Whether to undo an epoch that made the loss worse. An exact loss then rises by no more than `tolerance` allows.
    tolerance : float, default 0.0
        Rise of the loss that does not count as worse, as a share of how far the loss has fallen since training began.
    minimum : float, default 1e-8
        Lower bound of eta.
    maximum : float, default 1e3
        Upper bound of eta.

    References
    ----------
    .. [1] Vogl, Mangis, Rigler, Zink & Alkon, "Accelerating the convergence of the back-propagation method", Biological
       Cybernetics 59 (1988), sec. 3.
    .. [2] Battiti, "Accelerated backpropagation learning: two optimization methods", Complex Systems 3 (1989), sec. 3.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> optimizer = npae.GradientDescent(0.5, adapt=npae.AdaptiveEta())
    >>> ae = npae.Autoencoder([16, 2], optimizer=optimizer, refine=None, epochs=40, random_state=0).fit(letters)
    >>> ae.history_["eta"][-1] > 0.5                             # it grew where the loss fell
    True
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
        return {"loss": loss, "top": loss, "spread": 0.0, "improved": 0}

    def update(self, eta: float, loss: float, memory: Memory, exact: bool = True) -> tuple[float, bool]:
        finite = math.isfinite(loss)
        memory.setdefault("first", eta)
        gained = _gained(memory, loss)
        bound = memory["loss"] + (self.tolerance * gained if gained else 0.0) + (0.0 if exact else 3 * memory["spread"])
        if finite and loss <= bound:
            _remember(loss, memory, exact)
            memory["undone"] = 0
            memory["improved"] += 1
            if memory["improved"] % self.patience == 0:
                eta = min(eta * self.grow, self.maximum if exact else memory["first"])
            return eta, True
        memory["improved"] = 0
        memory["undone"] = memory.get("undone", 0) + 1
        bearable = loss <= bound + BLOW_UP * gained or memory["undone"] > STUBBORN
        stands = not self.undo or (not exact and finite and bearable)
        if stands:
            memory["undone"] = 0
            _remember(loss, memory, exact)
        return max(eta * self.shrink, self.minimum), stands

    def after_refinement(self, loss: float, memory: Memory) -> None:
        if loss > memory["loss"]:  # it has become another function, whose level says nothing about what was gained
            memory["top"] = float(memory["top" if "top" in memory else "loss"]) + loss - memory["loss"]
        memory["loss"] = loss


def _gained(memory: Memory, loss: float) -> float:
    """Return how far the loss has fallen since training began; an epoch before which none was known began it."""
    top = float(memory["top" if "top" in memory else "loss"])
    memory["top"] = top = top if math.isfinite(top) else loss
    return max(0.0, top - float(memory["loss"]))


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

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> adam = npae.Adam(0.1, adapt=npae.ReduceOnPlateau(patience=2, min_delta=1.0))
    >>> npae.Autoencoder([2], optimizer=adam, epochs=5, random_state=0).fit(np.eye(4)).history_["eta"]
    [0.1, 0.1, 0.1, 0.05, 0.05]
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
