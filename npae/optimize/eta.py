"""How the learning rate eta changes while training runs."""

import math
from dataclasses import dataclass

from ..description import Description, number_in, positive_integer


class EtaSchedule(Description):
    """A rule for eta, asked once after every epoch. What it must remember lives in the run's `memory`."""

    def start(self, loss):
        """Return the memory before the first epoch; `loss` is inf where it is not known yet."""
        return {}

    def update(self, eta, loss, memory):
        """Return (the eta of the next epoch, whether this epoch stands) after an epoch that ended at `loss`."""
        raise NotImplementedError

    def moved(self, loss, memory):
        """Adjust the memory after a refinement that ended at `loss`."""


@dataclass(frozen=True)
class AdaptiveEta(EtaSchedule):
    """Grow eta after a run of improving epochs, shrink it when the loss rises ("bold driver").

    Vogl, Mangis, Rigler, Zink & Alkon, "Accelerating the convergence of the back-propagation method",
    Biological Cybernetics 59 (1988), sec. 3; Battiti, Complex Systems 3 (1989), sec. 3.

    Parameters
    ----------
    grow : factor > 1 for eta after `patience` improving epochs in a row; default 1.1.
    shrink : factor in ]0, 1[ for eta after an epoch that made the loss worse; default 0.5.
    patience : improving epochs in a row before eta grows; default 3.
    undo : take the step that made the loss worse (or not finite) back; default true. With full batches the loss
        then never rises.
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
        number_in("minimum", self.minimum, 0, self.maximum)

    def start(self, loss):
        return {"loss": loss, "improved": 0}

    def update(self, eta, loss, memory):
        if math.isfinite(loss) and loss <= memory["loss"] * (1 + self.tolerance):
            memory["loss"] = loss
            memory["improved"] += 1
            if memory["improved"] % self.patience == 0:
                eta = min(eta * self.grow, self.maximum)
            return eta, True
        memory["improved"] = 0
        if not self.undo:
            memory["loss"] = loss
        return max(eta * self.shrink, self.minimum), not self.undo

    def moved(self, loss, memory):
        memory["loss"] = loss
