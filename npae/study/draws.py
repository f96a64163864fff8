"""What a search tries next and what came of it: Optuna's study, asked and told."""

import warnings

import numpy as np

from .optuna_storage import counted, requeue
from .spaces import Space

SAMPLERS = ("bayesian", "random", "grid")


class Draws:
    """Trials of one Optuna study; what an earlier search in it left under way is drawn first.

    What trial i draws depends on the seed, on i and, where the sampler is "bayesian", on the trials that have ended;
    so a search that was killed goes on as if it had not been.

    Parameters
    ----------
    optuna : the module. study : Optuna's. space : Space.
    sampler : name in SAMPLERS, or one of Optuna's own. seed : of the sampler.
    """

    def __init__(self, optuna, study, space: Space, sampler, seed):
        self._optuna, self._study, self._space, self._sampler, self._seed = optuna, study, space, sampler, seed
        self._distributions = space.distributions(optuna)
        self._grid = space.grid(seed) if sampler == "grid" else None
        requeue(study, optuna, self._distributions)

    @property
    def trials(self):
        """Optuna's frozen trials, in the order in which they were first drawn; those begun again count once."""
        return counted(self._study)

    @property
    def ended(self):
        """How many trials have ended."""
        return sum(trial.state.is_finished() for trial in self.trials)

    @property
    def failed(self):
        """How many of them failed."""
        return sum(trial.user_attrs.get("outcome", {}).get("status") == "failed" for trial in self.trials)

    def ask(self):
        """Return (trial, parameters to set): a trial that waits, else a new one."""
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

    def tell(self, trial, outcome):
        """Write down how a trial ended: its value, or that it counts among the worst."""
        status = "pruned" if outcome.get("pruned") else outcome["status"]
        kept = {"reason": outcome["reason"], "seconds": outcome["seconds"], "epochs": outcome.get("epochs")}
        trial.set_user_attr("outcome", {"status": status, **kept})
        if status == "finished":
            self._study.tell(trial, outcome["value"])
        else:
            self._study.tell(trial, state=self._optuna.trial.TrialState.PRUNED)
        return {"status": status}

    def _seed_sampler(self, index):
        if self._sampler in SAMPLERS:
            seed = int(np.random.SeedSequence([self._seed, index]).generate_state(1)[0])
            kind = "TPESampler" if self._sampler == "bayesian" else "RandomSampler"
            self._study.sampler = getattr(self._optuna.samplers, kind)(seed=seed)
        else:
            self._study.sampler = self._sampler


def checked_sampler(sampler):
    """Return a name in SAMPLERS or one of Optuna's samplers; ValueError for anything else."""
    if sampler in SAMPLERS or hasattr(sampler, "sample_relative"):
        return sampler
    names = ", ".join(map(repr, SAMPLERS))
    raise ValueError(f"sampler must be one of {names} or one of optuna.samplers, got {sampler!r}.")
