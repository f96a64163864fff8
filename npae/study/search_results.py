"""What a search found: the best parameters, all trials, and what mattered."""

import itertools
import warnings

from .identity import brief, plain
from .optuna_storage import quiet


class SearchResults:
    """The trials of a search.

    Parameters
    ----------
    trials : Optuna's frozen trials, in order; those that have not ended are left out.
    space : Space that they were drawn from. objective : Objective that they were judged by.

    Attributes
    ----------
    rows : list of dicts, one a trial in the order in which they were drawn: `trial`, its number; what was drawn, by
        name; `status` ("finished", "pruned" or "failed"), `reason` (of the failure), `seconds`, `epochs`, `value`.
    names, choices : of what was drawn, and the ranges and lists. maximize : whether more is better.
    best_params : dict for `model.set_params(**best_params)`. best_value : its value.
    """

    def __init__(self, trials, space, objective):
        self._trials, self._space = [trial for trial in trials if "outcome" in trial.user_attrs], space
        self.objective, self.maximize = objective.name, objective.upward
        self.names, self.choices = list(space.choices), space.choices
        self.rows = [_row(number, trial) for number, trial in enumerate(self._trials)]

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        found = f", best {self.objective} {self.best_value:.6g}" if self._finished else ""
        return f"SearchResults({len(self)} trials{found})"

    def __str__(self):
        return self.table()

    @property
    def best_params(self):
        """The parameters of the best trial, as `set_params` takes them. ValueError if no trial has finished."""
        return self._space.settings(self._trials[self._best["trial"]].params)

    @property
    def best_value(self):
        """The value of the best trial. ValueError if no trial has finished."""
        return self._best["value"]

    @property
    def best_so_far(self):
        """The best value after every trial, a list; None before the first trial that finished."""
        values = [row["value"] for row in self.rows]
        return list(itertools.accumulate(values, self._better))

    @property
    def importance(self):
        """How much of the difference between good and other trials each choice makes, by name, most first; sums to 1.

        {} with fewer than 10 finished trials, or if all are equally good.

        References
        ----------
        Watanabe, Bansal & Hutter, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
        subspaces", IJCAI 2023; computed by Optuna.
        """
        if len({row["value"] for row in self._finished}) < 2 or len(self._finished) < 10:
            return {}
        with quiet() as optuna, warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study = optuna.create_study(direction="maximize" if self.maximize else "minimize")
            study.add_trials(self._trials)
            return dict(optuna.importance.get_param_importances(study))

    def table(self, n=10):
        """Return the best n trials as text (None for all), and why trials failed."""
        ranked = sorted(self._finished, key=lambda row: row["value"], reverse=self.maximize)
        lines = [["trial", *self.names, self.objective, "epochs", "seconds"]]
        for row in ranked[:n]:
            cells = [brief(row[name]) for name in self.names]
            lines.append(
                [str(row["trial"]), *cells, f"{row['value']:.6g}", str(row["epochs"]), f"{row['seconds']:.3g}"]
            )
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines]
        return "\n".join([*text, self._counts()])

    def figures(self):
        """Return three pictures by name, matplotlib Figures: "history", "importance" and "slices".

        They show the value of every trial and the best so far, `importance`, and the value against every choice.

        Raises
        ------
        ValueError if no trial has finished.
        """
        from .search_figures import history_figure, importance_figure, slices_figure

        self._best  # noqa: B018 -- raises where there is nothing to show
        return {
            "history": history_figure(self),
            "importance": importance_figure(self),
            "slices": slices_figure(self),
        }

    @property
    def _finished(self):
        return [row for row in self.rows if row["value"] is not None]

    @property
    def _best(self):
        if not self._finished:
            first = f", the first with {self.rows[0]['reason'] or self.rows[0]['status']}" if self.rows else ""
            raise ValueError(f"a trial must have finished to be the best, got {len(self)} that did not{first}.")
        return (max if self.maximize else min)(self._finished, key=lambda row: row["value"])

    def _better(self, one, other):
        if one is None or other is None:
            return one if other is None else other
        return max(one, other) if self.maximize else min(one, other)

    def _counts(self):
        status = [row["status"] for row in self.rows]
        counts = [f"{status.count(kind)} {kind}" for kind in ("finished", "pruned", "failed") if kind in status]
        reasons = dict.fromkeys(row["reason"] for row in self.rows if row["status"] == "failed")
        return "\n".join([", ".join(counts), *(f"failed: {reason}" for reason in itertools.islice(reasons, 3))])


def _row(number, trial):
    outcome = trial.user_attrs["outcome"]
    value = trial.value if outcome["status"] == "finished" else None
    drawn = {name: plain(drawn) for name, drawn in trial.params.items()}
    return {"trial": number, **drawn, **outcome, "value": value}
