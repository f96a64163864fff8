"""How the learning rate eta changes while training runs."""

import math
from dataclasses import dataclass

from ..description import Description, number_in, positive_integer

BLOW_UP = 3.0  # an estimated loss that rises by this factor is no scatter any more


class EtaSchedule(Description):
    """A rule for eta, asked once after every epoch. What it must remember lives in the run's `memory`."""

    def start(self, loss):
        """Return the memory before the first epoch; `loss` is that of the first theta."""
        return {}

    def update(self, eta, loss, memory, exact=True):
        """Return (the eta of the next epoch, whether this epoch stands) after an epoch that ended at `loss`.

        `exact` says that the loss is that of theta on all data; else it is a mean over batches, or noisy.
        """
        raise NotImplementedError

    def moved(self, loss, memory):
        """Adjust the memory after a refinement that ended at `loss`."""


@dataclass(frozen=True)
class AdaptiveEta(EtaSchedule):
    """Grow eta after a run of improving epochs, shrink it when the loss rises ("bold driver").

    Vogl, Mangis, Rigler, Zink & Alkon, "Accelerating the convergence of the back-propagation method",
    Biological Cybernetics 59 (1988), sec. 3; Battiti, Complex Systems 3 (1989), sec. 3.

    Where the loss is only an estimate (mini-batches, noise) it is compared with its running mean plus three mean
    deviations, just epochs that blew it up (threefold, or not finite) are taken back, and eta grows back to its first
    value at most.

    Parameters
    ----------
    grow : factor of at least 1 for eta after `patience` improving epochs in a row; default 1.1.
    shrink : factor in ]0, 1[ for eta after an epoch that made the loss worse; default 0.5.
    patience : improving epochs in a row before eta grows; default 3.
    undo : take the step that made the loss worse back; default true. The loss then never rises.
    tolerance : relative rise of the loss that still counts as no worse; default 0.
    minimum, maximum : bounds of eta; default 1e-8 and 1e3.
    """

    grow: float = 1.1
    shrink: float = 0.5
    patience: int = 3
    undo: bool = True
    tolerance: float = 0.0
    minimum: float = 1e-8
    maximum: float = 1e3

    def __post_init__(self):
        number_in("grow", self.grow, 1, math.inf)
        number_in("shrink", self.shrink, 0, 1, closed=False)
        positive_integer("patience", self.patience)
        number_in("tolerance", self.tolerance, 0, math.inf)
        number_in("maximum", self.maximum, 0, math.inf)
        number_in("minimum", self.minimum, 0, self.maximum)
        if not isinstance(self.undo, bool):
            raise ValueError(f"undo must be True or False, got {self.undo!r}.")

    def start(self, loss):
        return {"loss": loss, "spread": 0.0, "improved": 0}

    def update(self, eta, loss, memory, exact=True):
        finite = math.isfinite(loss)
        memory.setdefault("first", eta)
        bound = memory["loss"] * (1 + self.tolerance) + (0.0 if exact else 3 * memory["spread"])
        if finite and loss <= bound:
            self._remember(loss, memory, exact)
            memory["improved"] += 1
            if memory["improved"] % self.patience == 0:
                eta = min(eta * self.grow, self.maximum if exact else memory["first"])
            return eta, True
        memory["improved"] = 0
        stands = not self.undo or (not exact and finite and loss <= BLOW_UP * bound)
        if stands:
            self._remember(loss, memory, exact)
        return max(eta * self.shrink, self.minimum), stands

    def _remember(self, loss, memory, exact):
        """Keep the loss itself, or where it scatters its running mean and mean deviation."""
        if exact or not math.isfinite(memory["loss"]):
            memory["loss"] = loss
        else:
            memory["spread"] = 0.8 * memory["spread"] + 0.2 * abs(loss - memory["loss"])
            memory["loss"] = 0.8 * memory["loss"] + 0.2 * loss

    def moved(self, loss, memory):
        memory["loss"] = loss
