"""Ending a trial early: what it reports while it trains, and who decides that it has no prospect."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..settings.array_types import FloatArray
from ..settings.checks import positive_integer
from ..training import Callback, EarlyStopping
from .optuna_storage import opened_study
from .run_types import BasePruner, FilePath
from .yardstick import Objective

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial as RunningTrial

PRUNED = "pruned: no better than other trials were after as many epochs"
PRUNERS = ("median",)
REPORTS = 20  # of one fit to the pruner
Pruner: TypeAlias = str | BasePruner | None  # a name in PRUNERS, or one of Optuna's own


def checked_pruner(pruner: Pruner, optuna: ModuleType) -> BasePruner | None:
    """Return one of Optuna's pruners, or None; raise ValueError for anything else."""
    if pruner in PRUNERS:
        median: BasePruner = optuna.pruners.MedianPruner()
        return median
    if pruner is None or (not isinstance(pruner, str) and hasattr(pruner, "prune")):
        return pruner
    raise ValueError(f"pruner must be None, 'median' or one of optuna.pruners, got {pruner!r}.")


def reports_of(epochs: str | int, path: FilePath, study: str, pruner: BasePruner, refines: bool) -> Reports:
    """Return the Reports of a fit of so many epochs; each of "auto" epochs, of which there are few, is reported."""
    epochs = 1 if epochs == "auto" else epochs
    every = max(1, positive_integer("epochs", epochs) // REPORTS)
    return Reports(str(Path(path).resolve()), study, pruner, every, refines)


@dataclass(frozen=True)
class Reports:
    """Where trials report how far they are: an Optuna study in a file, opened once per process.

    There are `every` epochs between two reports; the pruner decides which trials end. `refines` says whether an epoch
    is a refinement: trials whose epochs are something else cannot be compared epoch by epoch, and report nothing.
    """

    path: str
    study: str
    pruner: BasePruner
    every: int
    refines: bool

    def trial(self, number: int) -> RunningTrial:
        """Return the running trial of this number as Optuna's Trial."""
        return _trial(_study_of_process(self.path, self.study), number, self.pruner)


@functools.lru_cache(maxsize=1)
def _study_of_process(path: str, name: str) -> Study:
    return opened_study(path, name)


def _trial(study: Study, number: int, pruner: BasePruner) -> RunningTrial:
    from optuna.trial import Trial

    study.pruner = pruner
    return Trial(study, study.get_trials(deepcopy=False)[number]._trial_id)


@dataclass(frozen=True)
class Pruning(Callback):
    """Report what `fit` would return now, every so many epochs except after the last; stop if there is no prospect."""

    reports: Reports
    number: int
    objective: Objective

    @contextmanager
    def begin(self, training: Any, memory: dict[str, Any]) -> Iterator[Callable[[], str | None]]:
        trial = self.reports.trial(self.number)
        comparable = self.reports.refines == (training.plan.optimizer is None)

        def after_epoch() -> str | None:
            if not comparable or training.epoch % self.reports.every or training.epoch == training.last_epoch:
                return None
            theta = theta_to_return(training)
            value = self.objective.reported(training.network, theta, training.validation, training.threads)
            trial.report(value, training.epoch)
            return PRUNED if trial.should_prune() else None

        yield after_epoch


def theta_to_return(training: Any) -> FloatArray:
    """Return the theta that `fit` would return if training ended now: the best one, where that is to be restored."""
    for name, memory in training.state.callbacks.items():
        if name.endswith(f" {EarlyStopping.__name__}") and "theta" in memory:
            best: FloatArray = memory["theta"]
            return best
    now: FloatArray = training.theta
    return now
