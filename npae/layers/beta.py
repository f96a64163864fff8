"""The weight of a code's divergence, epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..settings.checks import number_in, positive_integer
from ..settings.description import Description


class BetaSchedule(Description):
    """A rule for beta, described by immutable fields.

    A rule of your own is a frozen dataclass that derives from BetaSchedule and defines `at`.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Cycles(npae.BetaSchedule):
    ...     "Grow beta from 0 to 1 again and again, and end at 1."
    ...
    ...     length: int = 10
    ...
    ...     def at(self, epoch):
    ...         return 1.0 if epoch == float("inf") else epoch % self.length / self.length
    >>> [Cycles().at(epoch) for epoch in (0, 5, 10, float("inf"))]
    [0.0, 0.5, 0.0, 1.0]
    >>> npae.GaussianCode(2, beta=Cycles()).beta
    Cycles(length=10)
    """

    def at(self, epoch: float) -> float:
        """Return beta in an epoch.

        Parameters
        ----------
        epoch : float
            Number of the epoch, counted from 0; inf stands for the end of training.

        Returns
        -------
        float
            The value of beta, at least 0.
        """
        raise NotImplementedError(f"{type(self).__name__} must define at(epoch).")


@dataclass(frozen=True)
class BetaWarmUp(BetaSchedule):
    """Grow beta linearly, then keep it: first + (beta - first) min(1, e / epochs) in epoch e = 0, 1, ...

    The network finds a use for the code before the code costs anything [1]_ [2]_. The loss itself grows with beta:
    watch `val_loss`, which is measured with the final beta in every epoch.

    Parameters
    ----------
    epochs : int
        How many epochs beta grows for, at least 1.
    beta : float, default 1.0
        The final value, at least 0.
    first : float, default 0.0
        The value in the first epoch, at least 0.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    .. [1] Bowman et al., "Generating sentences from a continuous space", 2016, sec. 3.1.
    .. [2] Sonderby et al., "Ladder variational autoencoders", 2016, sec. 2.3.

    Examples
    --------
    >>> [BetaWarmUp(4).at(epoch) for epoch in range(6)]
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """

    epochs: int
    beta: float = 1.0
    first: float = 0.0

    def __post_init__(self) -> None:
        positive_integer("epochs", self.epochs)
        number_in("beta", self.beta, 0, math.inf)
        number_in("first", self.first, 0, math.inf)

    def at(self, epoch: float) -> float:
        return float(self.first + (self.beta - self.first) * min(1.0, epoch / self.epochs))
