"""How the learning rate eta changes while training runs."""

import math
from dataclasses import dataclass

from ..settings.checks import number_in, positive_integer
from ..settings.description import Description
from .monitor import Monitor, check_validation

BLOW_UP = 3.0  # an estimated loss that rises by this factor is no scatter any more


class EtaSchedule(Description):
    """A rule for eta, usable with every optimiser. What it must remember lives in the run's `memory`, a dict.

    After every epoch `update` judges it, then `after_epoch` names the next eta. A rule of your own overrides what it
    needs. `memory["first"]` is the optimiser's eta.

    Attribute
    ---------
    wants_loss : whether `start` looks at the loss of the first theta, which costs a pass over the data where batches
        are smaller; default true.
    """

    wants_loss = True

    def check(self, training):
        """Raise ValueError before the first epoch if the rule cannot work on this run."""

    def start(self, loss):
        """Return the memory before the first epoch; `loss` is that of the first theta, or inf if it is not wanted."""
        return {}

    def initial_eta(self, eta):
        """Return the eta of the first epoch, given the optimiser's."""
        return eta

    def update(self, eta, loss, memory, exact=True):
        """Return (the eta of the next epoch, whether this epoch stands) after an epoch that ended at `loss`.

        `exact` says that the loss is that of theta on all data; else it is a mean over batches, or noisy.
        """
        return eta, True

    def after_epoch(self, eta, training, memory):
        """Return the eta of the next epoch; `training` is as callbacks see it, with this epoch in its history."""
        return eta

    def after_refinement(self, loss, memory):
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

    def after_refinement(self, loss, memory):
        memory["loss"] = loss


@dataclass(frozen=True)
class StepDecay(EtaSchedule):
    """eta <- factor * eta after every so many epochs.

    Parameters
    ----------
    every : epochs from one step down to the next; default 10.
    factor : in ]0, 1]; default 0.5.
    """

    every: int = 10
    factor: float = 0.5

    wants_loss = False

    def __post_init__(self):
        positive_integer("every", self.every)
        number_in("factor", self.factor, 0, math.inf, closed=False)
        number_in("factor", self.factor, 0, 1)

    def after_epoch(self, eta, training, memory):
        return eta if training.epoch % self.every else eta * self.factor


@dataclass(frozen=True)
class CosineDecay(EtaSchedule):
    """eta = minimum + (first - minimum) (1 + cos(pi e / E)) / 2 after epoch e of E (Loshchilov & Hutter 2017, eq. 5).

    Parameters
    ----------
    epochs : E; None (default) for all epochs of the run, which `partial_fit` cannot know. Behind it eta stays at the
        minimum.
    minimum : default 0.
    """

    epochs: int | None = None
    minimum: float = 0.0

    wants_loss = False

    def __post_init__(self):
        if self.epochs is not None:
            positive_integer("epochs", self.epochs)
        number_in("minimum", self.minimum, 0, math.inf)

    def check(self, training):
        if self.epochs is None and training.stream and training.epoch == 0:
            hint = "Use CosineDecay(epochs=...), as many as there will be calls."
            raise ValueError(f"epochs must be given to CosineDecay for partial_fit, got None. {hint}")

    def after_epoch(self, eta, training, memory):
        done = min(1.0, training.epoch / (self.epochs or training.last_epoch))
        return self.minimum + (memory["first"] - self.minimum) * (1 + math.cos(math.pi * done)) / 2


@dataclass(frozen=True)
class WarmUp(EtaSchedule):
    """eta = first * e / (epochs + 1) in epoch e = 1, ..., epochs, then another rule (Goyal et al. 2017, sec. 2.2).

    Parameters
    ----------
    epochs : how long eta grows; default 5.
    then : EtaSchedule that goes on from there, such as CosineDecay(), with epochs counted from the first of all; None
        (default) for a constant eta.
    """

    epochs: int = 5
    then: EtaSchedule | None = None

    def __post_init__(self):
        positive_integer("epochs", self.epochs)
        if self.then is not None and (not isinstance(self.then, EtaSchedule) or isinstance(self.then, WarmUp)):
            raise ValueError(f"then must be None or another eta schedule such as CosineDecay(), got {self.then!r}.")

    def check(self, training):
        self._next.check(training)

    def start(self, loss):
        return self._next.start(loss)

    def initial_eta(self, eta):
        return eta / (self.epochs + 1)

    def update(self, eta, loss, memory, exact=True):
        new, stands = self._next.update(eta, loss, memory, exact)
        return (new if memory.get("warm") else eta), stands

    def after_epoch(self, eta, training, memory):
        if training.epoch < self.epochs:
            return memory["first"] * (training.epoch + 1) / (self.epochs + 1)
        if not memory.get("warm"):
            memory["warm"], eta = True, memory["first"]
        return self._next.after_epoch(eta, training, memory)

    def after_refinement(self, loss, memory):
        self._next.after_refinement(loss, memory)

    @property
    def wants_loss(self):
        """Whether the rule that takes over wants it."""
        return self.then is not None and self.then.wants_loss

    @property
    def _next(self):
        return self.then or EtaSchedule()


@dataclass(frozen=True)
class ReduceOnPlateau(Monitor, EtaSchedule):
    """eta <- factor * eta when a number has not improved for `patience` epochs in a row; then the count begins anew.

    As `adapt=` of an optimiser, or among the callbacks, where it stands for the same.

    Parameters
    ----------
    monitor : what is watched, "loss" (default), "val_loss" or another number that EarlyStopping takes.
    factor : in ]0, 1[; default 0.5.
    patience : as in EarlyStopping; default 5.
    min_delta : what counts as an improvement; default 0.
    mode : "min", "max" or None (default), as in EarlyStopping.
    minimum : bound of eta; default 0.
    """

    monitor: str = "loss"
    factor: float = 0.5
    patience: int = 5
    min_delta: float = 0.0
    mode: str | None = None
    minimum: float = 0.0

    wants_loss = False

    def __post_init__(self):
        positive_integer("patience", self.patience)
        self.check_monitor()
        number_in("factor", self.factor, 0, 1, closed=False)
        number_in("minimum", self.minimum, 0, math.inf)

    def check(self, training):
        check_validation([self.monitor], training)

    def after_epoch(self, eta, training, memory):
        self.watch(training.measure(self.monitor), memory)
        if memory["waited"] < self.patience:
            return eta
        memory["waited"] = 0
        return max(eta * self.factor, min(eta, self.minimum))
