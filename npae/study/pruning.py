"""Ending a trial early: what it reports while it trains, and who says that it has no prospect."""

import functools
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..settings.checks import positive_integer
from ..training import Callback
from .optuna_storage import opened_study

PRUNED = "pruned: no better than other trials were after as many epochs"
PRUNERS = ("median",)
REPORTS = 20  # of one fit to the pruner


def checked_pruner(pruner, optuna):
    """Return one of Optuna's pruners, or None; ValueError for anything else."""
    if pruner in PRUNERS:
        return optuna.pruners.MedianPruner()
    if pruner is None or hasattr(pruner, "prune"):
        return pruner
    raise ValueError(f"pruner must be None, 'median' or one of optuna.pruners, got {pruner!r}.")


def reports_of(epochs, path, study, pruner):
    """Return the Reports of fits of so many epochs."""
    return Reports(str(Path(path).resolve()), study, pruner, max(1, positive_integer("epochs", epochs) // REPORTS))


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
