"""How the learning rate eta changes while training runs."""

import math
from dataclasses import dataclass

from ..description import Description, number_in, positive_integer

ESTIMATE_TOLERANCE = 0.05  # the upper end of what Vogl et al. let the error rise


class EtaSchedule(Description):
    """A rule for eta, asked once after every epoch. What it must remember lives in the run's `memory`."""

    def start(self, loss):
        """Return the memory before the first epoch; `loss` is inf where it is not known yet."""
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

    Parameters
    ----------
    grow : factor of at least 1 for eta after `patience` improving epochs in a row; default 1.1.
    shrink : factor in ]0, 1[ for eta after an epoch that made the loss worse; default 0.5.
    patience : improving epochs in a row before eta grows; default 3.
    undo : take the step that made the loss worse back; default true. The loss then never rises. Where the loss is
        only an estimate (mini-batches, noise) just steps to a loss that is not finite are taken back.
    tolerance : relative rise of the loss that still counts as no worse; default 0. Where the loss is only an
        estimate, it is compared with its running mean, and a rise of 5 % always counts as no worse.
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
        return {"loss": loss, "improved": 0}

    def update(self, eta, loss, memory, exact=True):
        tolerance = self.tolerance if exact else max(self.tolerance, ESTIMATE_TOLERANCE)
        if math.isfinite(loss) and loss <= memory["loss"] * (1 + tolerance):
            self._remember(loss, memory, exact)
            memory["improved"] += 1
            if memory["improved"] % self.patience == 0:
                eta = min(eta * self.grow, self.maximum)
            return eta, True
        memory["improved"] = 0
        stands = not self.undo or (not exact and math.isfinite(loss))
        if stands:
            self._remember(loss, memory, exact)
        return max(eta * self.shrink, self.minimum), stands

    def _remember(self, loss, memory, exact):
        smooth = not exact and math.isfinite(memory["loss"])
        memory["loss"] = 0.8 * memory["loss"] + 0.2 * loss if smooth else loss

    def moved(self, loss, memory):
        memory["loss"] = loss
