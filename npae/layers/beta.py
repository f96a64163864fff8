"""How much the divergence of a code counts, epoch by epoch."""

import math
from dataclasses import dataclass

from ..settings.checks import number_in, positive_integer
from ..settings.description import Description


class BetaSchedule(Description):
    """A rule for beta, described by immutable fields. A rule of your own is a frozen dataclass that defines `at`."""

    def at(self, epoch):
        """Return beta, at least 0, while epoch number `epoch` runs, counted from 0; inf stands for the end."""
        raise NotImplementedError(f"{type(self).__name__} must define at(epoch).")


@dataclass(frozen=True)
class BetaWarmUp(BetaSchedule):
    """first + (beta - first) min(1, e / epochs) in epoch e = 0, 1, ...: beta grows in a line, then stays.

    So a code finds its use before it is charged for (Bowman et al., "Generating sentences from a continuous space",
    2016, sec. 3.1; Sonderby et al., "Ladder variational autoencoders", 2016, sec. 2.3). The loss grows with beta, in
    theta's favour or not: watch `val_loss`, which is measured with the last beta at every epoch.

    Parameters
    ----------
    epochs : how long beta grows, at least 1.
    beta : from then on, at least 0; default 1. first : in the first epoch, at least 0; default 0.

    Examples
    --------
    >>> [BetaWarmUp(4).at(epoch) for epoch in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """

    epochs: int
    beta: float = 1.0
    first: float = 0.0

    def __post_init__(self):
        positive_integer("epochs", self.epochs)
        number_in("beta", self.beta, 0, math.inf)
        number_in("first", self.first, 0, math.inf)

    def at(self, epoch):
        return float(self.first + (self.beta - self.first) * min(1.0, epoch / self.epochs))
