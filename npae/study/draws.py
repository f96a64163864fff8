"""What a search tries next, and what came of it: Optuna's study, which is asked and told."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .optuna_storage import counted, requeue
from .run_types import BaseSampler, FrozenTrial, Outcome, Row, Settings
from .spaces import Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial

SAMPLERS = ("bayesian", "random", "grid")
Sampler: TypeAlias = str | BaseSampler  # a name in SAMPLERS, or one of Optuna's own


class Draws:
    """The trials of one Optuna study. Trials that an earlier search left under way are drawn first.

    What trial i draws depends on the seed, on i and, for "bayesian", on the trials that have ended. So a search that
    was killed goes on as if nothing had happened.
    """

    def __init__(self, optuna: ModuleType, study: Study, space: Space, sampler: Sampler, seed: int) -> None:
        self._optuna, self._study, self._space, self._sampler, self._seed = optuna, study, space, sampler, seed
        self._distributions = space.distributions(optuna)
        self._grid = space.grid(seed) if sampler == "grid" else None
        requeue(study, optuna, self._distributions)

    @property
    def trials(self) -> list[FrozenTrial]:
        """Optuna's frozen trials, in the order in which they were first drawn; requeued trials count once."""
        return counted(self._study)

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return sum(trial.state.is_finished() for trial in self.trials)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return sum(trial.user_attrs.get("outcome", {}).get("status") == "failed" for trial in self.trials)

    def ask(self) -> tuple[Trial, Settings]:
        """Return (trial, parameters to set): a trial from the queue, otherwise a new one."""
        trials, waits = self.trials, self._optuna.trial.TrialState.WAITING
        waiting = {trial.number: index for index, trial in enumerate(trials) if trial.state == waits}
        index = waiting[min(waiting)] if waiting else len(trials)
        self._seed_sampler(index)
        if self._grid is not None and not waiting:
            self._study.enqueue_trial(self._grid[index])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", self._optuna.exceptions.ExperimentalWarning)
            trial = self._study.ask(self._distributions)
        return trial, self._space.settings(trial.params)

    def tell(self, trial: Trial, outcome: Outcome) -> Row:
        """Record how a trial ended: with a value, or among the worst."""
        status = "pruned" if outcome.get("pruned") else outcome["status"]
        kept = {"reason": outcome["reason"], "seconds": outcome["seconds"], "epochs": outcome.get("epochs")}
        trial.set_user_attr("outcome", {"status": status, **kept})
        if status == "finished":
            self._study.tell(trial, outcome["value"])
        else:
            self._study.tell(trial, state=self._optuna.trial.TrialState.PRUNED)
        return {"status": status}

    def _seed_sampler(self, index: int) -> None:
        sampler: Any = self._sampler
        if sampler in SAMPLERS:
            seed = int(np.random.SeedSequence([self._seed, index]).generate_state(1)[0])
            kind = "TPESampler" if sampler == "bayesian" else "RandomSampler"
            sampler = getattr(self._optuna.samplers, kind)(seed=seed)
        self._study.sampler = sampler


def checked_sampler(sampler: Sampler) -> Sampler:
    """Return a name in SAMPLERS or one of Optuna's samplers; raise ValueError for anything else."""
    if sampler in SAMPLERS or hasattr(sampler, "sample_relative"):
        return sampler
    names = ", ".join(map(repr, SAMPLERS))
    raise ValueError(f"sampler must be one of {names} or one of optuna.samplers, got {sampler!r}.")
