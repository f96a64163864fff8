"""One trial of a search, wherever it runs: fit the model with the parameters drawn, and judge it."""

import functools
import math
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..metrics import HIGHER_IS_BETTER, METRICS
from ..training import Callback
from .models import changed
from .storage import opened_study

PRUNED = "pruned: no better than other trials were after as many epochs"


@dataclass(frozen=True)
class Objective:
    """What a search improves: "val_loss", "score", a metric's name, or a function(model, X).

    `maximize` says which way is better; None: up for "score" and metrics of which more is better, else down.
    """

    what: Any = "val_loss"
    maximize: bool | None = None

    def __post_init__(self):
        known = ("val_loss", "score", *METRICS)
        if not callable(self.what) and self.what not in known:
            names = ", ".join(map(repr, known))
            raise ValueError(f"objective must be one of {names} or a function(model, X), got {self.what!r}.")
        if self.maximize not in (None, True, False):
            raise ValueError(f"maximize must be True, False or None, got {self.maximize!r}.")

    @property
    def name(self):
        """A short name, for tables and axes."""
        return self.what if isinstance(self.what, str) else getattr(self.what, "__name__", type(self.what).__name__)

    @property
    def upward(self):
        """Whether more is better."""
        return self.what in ("score", *HIGHER_IS_BETTER) if self.maximize is None else self.maximize

    def of(self, model, X):
        """Return the value of a fitted model on validation data, a float."""
        if callable(self.what):
            return float(self.what(model, X))
        if self.what == "val_loss":
            return float(model.history_["val_loss"][-1])
        if self.what == "score":
            return float(model.score(X))
        return float(np.sum(METRICS[self.what](X, model.reconstruct(X))))


@dataclass(frozen=True)
class Trial:
    """Fit a copy of the model with other parameters, and return its value and how many epochs it took.

    `reports`, a Reports or None, lets Optuna end the fit early.
    """

    model: Any
    X: Any
    validation: Any
    objective: Objective
    reports: Any = field(default=None, compare=False)

    def __call__(self, *, seed, number, parameters):
        model = changed(self.model, parameters).set_params(random_state=seed)
        if model.threads is None:
            model.set_params(threads=1)
        if self.reports is not None:
            model.set_params(callbacks=[*model.callbacks, Pruning(self.reports, number, self.objective.upward)])
        model.fit(self.X, validation_data=self.validation)
        if model.stop_reason_ == "interrupted":
            raise KeyboardInterrupt
        pruned = model.stop_reason_ == PRUNED
        return {"value": None if pruned else self._value(model), "epochs": model.n_epochs_, "pruned": pruned}

    def _value(self, model):
        value = self.objective.of(model, self.validation)
        if not math.isfinite(value):
            raise ArithmeticError(f"{self.objective.name} must be finite to be compared, got {value}.")
        return value


@dataclass(frozen=True)
class Reports:
    """Where trials report how far they are: an Optuna study in a file, opened once in every process.

    path, study : of the file, and the study's name in it. pruner : Optuna's. every : epochs between two reports.
    """

    path: str
    study: str
    pruner: Any
    every: int

    def trial(self, number):
        """Return the running trial of this number as Optuna's Trial."""
        return _trial(_study_of_process(self.path, self.study), number, self.pruner)


@functools.lru_cache(maxsize=1)
def _study_of_process(path, name):
    return opened_study(path, name)


def _trial(study, number, pruner):
    from optuna.trial import Trial as Running

    study.pruner = pruner
    return Running(study, study.get_trials(deepcopy=False)[number]._trial_id)


@dataclass(frozen=True)
class Pruning(Callback):
    """Report `val_loss` every so many epochs but the last, and stop where the search's pruner sees no prospect."""

    reports: Reports
    number: int
    upward: bool

    @contextmanager
    def begin(self, training, memory):
        trial = self.reports.trial(self.number)

        def after_epoch():
            if training.epoch % self.reports.every or training.epoch == training.last_epoch:
                return None
            loss = training.measure("val_loss")
            trial.report(-loss if self.upward else loss, training.epoch)
            return PRUNED if trial.should_prune() else None

        yield after_epoch
