"""How the learning rate eta changes while training runs: the contract of a schedule, and rules that count epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..settings.checks import number_in, positive_integer
from ..settings.description import Description
from .protocols import TrainingView

Memory: TypeAlias = dict[str, Any]  # what a rule must remember: numbers and arrays, by name


class EtaSchedule(Description):
    """A rule for eta that works with every optimizer.

    Whatever the rule must remember lives in `memory`, a dict that belongs to the training state and is saved with it.
    `memory["first"]` is the optimizer's eta. After each epoch, `update` judges the epoch, and then `after_epoch` names
    the next eta. A rule of your own is a frozen dataclass that derives from EtaSchedule and overrides what it needs.

    Attributes
    ----------
    wants_loss : bool, default True
        Whether `start` needs the loss of the first theta. With batches that costs a pass over the data.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class InverseTime(npae.EtaSchedule):
    ...     "eta = first / (1 + rate e) after epoch e."
    ...
    ...     rate: float = 0.5
    ...
    ...     wants_loss = False
    ...
    ...     def after_epoch(self, eta, training, memory):
    ...         return memory["first"] / (1 + self.rate * training.epoch)
    >>> ae = npae.Autoencoder([2], optimizer=npae.Adam(0.1, adapt=InverseTime()), epochs=3)
    >>> [round(eta, 3) for eta in ae.fit(np.eye(4)).history_["eta"]]
    [0.1, 0.067, 0.05]
    """

    wants_loss: bool = True

    _renamed_hooks = {"moved": "after_refinement", "first": "initial_eta"}

    def check(self, training: TrainingView) -> None:
        """Raise an error before the first epoch if the rule cannot work.

        Parameters
        ----------
        training : Training
            As callbacks see it.

        Raises
        ------
        ValueError
            If the rule cannot work with this training.
        """

    def start(self, loss: float) -> Memory:
        """Return the memory before the first epoch.

        Parameters
        ----------
        loss : float
            Loss of the first theta; infinite with batches if `wants_loss` is false.

        Returns
        -------
        dict
            Numbers and arrays, by name.
        """
        return {}

    def initial_eta(self, eta: float) -> float:
        """Return the eta of the first epoch.

        Parameters
        ----------
        eta : float
            The optimizer's eta.

        Returns
        -------
        float
            Learning rate of the first epoch.
        """
        return eta

    def update(self, eta: float, loss: float, memory: Memory, exact: bool = True) -> tuple[float, bool]:
        """Judge an epoch by its loss.

        Parameters
        ----------
        eta : float
            Learning rate of the epoch.
        loss : float
            The loss after the epoch; infinite if it or theta is not finite.
        memory : dict
            What `start` returned, changed in place.
        exact : bool, default True
            Whether the loss is that of theta on all data. If not, it is a mean over batches, or noisy.

        Returns
        -------
        eta : float
            Learning rate of the next epoch.
        stands : bool
            Whether the epoch stands; if not, its steps are undone.
        """
        return eta, True

    def after_epoch(self, eta: float, training: TrainingView, memory: Memory) -> float:
        """Return the eta of the next epoch.

        Parameters
        ----------
        eta : float
            What `update` returned.
        training : Training
            As callbacks see it, with this epoch in its history.
        memory : dict
            What `start` returned, changed in place.

        Returns
        -------
        float
            Learning rate of the next epoch.
        """
        return eta

    def after_refinement(self, loss: float, memory: Memory) -> None:
        """Adjust the memory after a refinement, or when the loss has become another function, as with BetaWarmUp.

        Parameters
        ----------
        loss : float
            The loss now; infinite if it has become another function and theta is trained on batches.
        memory : dict
            What `start` returned, changed in place.
        """


@dataclass(frozen=True)
class StepDecay(EtaSchedule):
    """Step decay: eta <- factor * eta after every `every` epochs.

    Parameters
    ----------
    every : int, default 10
        Epochs from one step down to the next.
    factor : float, default 0.5
        In ]0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> adam = npae.Adam(0.1, adapt=npae.StepDecay(every=2, factor=0.5))
    >>> npae.Autoencoder([2], optimizer=adam, epochs=6, random_state=0).fit(np.eye(4)).history_["eta"]
    [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    """

    every: int = 10
    factor: float = 0.5

    wants_loss = False

    def __post_init__(self) -> None:
        positive_integer("every", self.every)
        number_in("factor", self.factor, 0, math.inf, closed=False)
        number_in("factor", self.factor, 0, 1)

    def after_epoch(self, eta: float, training: TrainingView, memory: Memory) -> float:
        return eta if training.epoch % self.every else eta * self.factor


@dataclass(frozen=True)
class CosineDecay(EtaSchedule):
    """Cosine decay: eta = minimum + (first - minimum) (1 + cos(pi e / E)) / 2 after epoch e of E ([1]_, eq. 5).

    Parameters
    ----------
    epochs : int or None, default None
        E; after it, eta stays at the minimum. None for all epochs of `fit`; `partial_fit` needs a number.
    minimum : float, default 0.0
        Learning rate in the end.

    References
    ----------
    .. [1] Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> adam = npae.Adam(0.1, adapt=npae.CosineDecay())
    >>> ae = npae.Autoencoder([2], optimizer=adam, epochs=4, random_state=0).fit(np.eye(4))
    >>> [round(eta, 3) for eta in ae.history_["eta"]]
    [0.1, 0.085, 0.05, 0.015]
    """

    epochs: int | None = None
    minimum: float = 0.0

    wants_loss = False

    def __post_init__(self) -> None:
        if self.epochs is not None:
            positive_integer("epochs", self.epochs)
        number_in("minimum", self.minimum, 0, math.inf)

    def check(self, training: TrainingView) -> None:
        if self.epochs is None and training.stream and training.epoch == 0:
            hint = "Use CosineDecay(epochs=...) with the number of calls."
            raise ValueError(f"epochs must be given to CosineDecay for partial_fit, got None. {hint}")

    def after_epoch(self, eta: float, training: TrainingView, memory: Memory) -> float:
        done = min(1.0, training.epoch / (self.epochs or training.last_epoch))
        first: float = memory["first"]
        return self.minimum + (first - self.minimum) * (1 + math.cos(math.pi * done)) / 2


@dataclass(frozen=True)
class WarmUp(EtaSchedule):
    """Warm-up: eta = first * e / (epochs + 1) in epoch e = 1, ..., epochs, then another rule ([1]_, sec. 2.2).

    Parameters
    ----------
    epochs : int, default 5
        How long eta grows.
    then : EtaSchedule or None, default None
        Rule that takes over, such as CosineDecay(); it counts epochs from the very first. None for a constant eta.

    References
    ----------
    .. [1] Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", arXiv:1706.02677 (2017).

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> adam = npae.Adam(0.1, adapt=npae.WarmUp(epochs=3))
    >>> ae = npae.Autoencoder([2], optimizer=adam, epochs=5, random_state=0).fit(np.eye(4))
    >>> [round(eta, 3) for eta in ae.history_["eta"]]
    [0.025, 0.05, 0.075, 0.1, 0.1]
    """

    epochs: int = 5
    then: EtaSchedule | None = None

    def __post_init__(self) -> None:
        positive_integer("epochs", self.epochs)
        if self.then is not None and (not isinstance(self.then, EtaSchedule) or isinstance(self.then, WarmUp)):
            raise ValueError(f"then must be None or another eta schedule such as CosineDecay(), got {self.then!r}.")

    def check(self, training: TrainingView) -> None:
        self._next.check(training)

    def start(self, loss: float) -> Memory:
        return self._next.start(loss)

    def initial_eta(self, eta: float) -> float:
        return eta / (self.epochs + 1)

    def update(self, eta: float, loss: float, memory: Memory, exact: bool = True) -> tuple[float, bool]:
        new, stands = self._next.update(eta, loss, memory, exact)
        return (new if memory.get("warm") else eta), stands

    def after_epoch(self, eta: float, training: TrainingView, memory: Memory) -> float:
        first: float = memory["first"]
        if training.epoch < self.epochs:
            return first * (training.epoch + 1) / (self.epochs + 1)
        if not memory.get("warm"):
            memory["warm"], eta = True, first
        return self._next.after_epoch(eta, training, memory)

    def after_refinement(self, loss: float, memory: Memory) -> None:
        self._next.after_refinement(loss, memory)

    @property
    def wants_loss(self) -> bool:  # type: ignore[override]  # read-only: it follows from `then`
        """Whether the rule that takes over needs the loss of the first theta."""
        return self.then is not None and self.then.wants_loss

    @property
    def _next(self) -> EtaSchedule:
        return self.then or EtaSchedule()
