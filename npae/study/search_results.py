"""What a search found: the best parameters, all trials, and what mattered."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable
from typing import Any

from ..settings.data_frame import data_frame
from ..settings.html_table import html_lines, html_table
from .identity import brief, plain
from .optuna_storage import quiet
from .run_types import Figure, FrozenTrial, Row, Settings
from .spaces import Space
from .text_table import aligned
from .yardstick import Objective


class SearchResults:
    """The trials of a search.

    Parameters
    ----------
    trials : iterable of optuna.trial.FrozenTrial
        Optuna's trials, in order; those that have not ended are left out.
    space : Space
        What they were drawn from.
    objective : Objective
        What they were judged by.

    Attributes
    ----------
    rows : list of dict
        One row per trial, in the order in which they were drawn: `trial`, its number; what was drawn, by name; `status`
        ("finished", "pruned" or "failed"), `reason` (of the failure), `seconds`, `epochs`, `value`.
    names : list of str
        Names of what was drawn.
    choices : dict
        The ranges and lists that it was drawn from, by name.
    objective : str
        Name of the objective.
    maximize : bool
        Whether more is better.
    best_params : dict
        The parameters of the best trial, for `model.set_params(**best_params)`.
    best_value : float
        The value of the best trial.
    best_so_far : list
        The best value after each trial.
    importance : dict
        How much each choice mattered, by name.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> results = npae.study.search(
    ...     npae.Autoencoder([16, 2], epochs=5), letters.pixels, {"optimizer__eta": [0.001, 0.01]}, sampler="grid",
    ...     executor="serial", show_progress=False,
    ... )
    >>> len(results.rows), sorted(results.best_params)
    (2, ['optimizer__eta'])
    """

    def __init__(self, trials: Iterable[FrozenTrial], space: Space, objective: Objective) -> None:
        self._trials, self._space = [trial for trial in trials if "outcome" in trial.user_attrs], space
        self.objective, self.maximize = objective.name, objective.upward
        self.names, self.choices = list(space.choices), space.choices
        self.rows = [_row(number, trial) for number, trial in enumerate(self._trials)]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        found = f", best {self.objective} {self.best_value:.6g}" if self._finished else ""
        return f"SearchResults({len(self)} trials{found})"

    def __str__(self) -> str:
        return self.table()

    @property
    def best_params(self) -> Settings:
        """The parameters of the best trial, as `set_params` takes them; ValueError if no trial has finished."""
        return self._space.settings(self._trials[self._best["trial"]].params)

    @property
    def best_value(self) -> float:
        """The value of the best trial; ValueError if no trial has finished."""
        value: float = self._best["value"]
        return value

    @property
    def best_so_far(self) -> list[float | None]:
        """The best value after each trial; None before the first trial that finished."""
        values = [row["value"] for row in self.rows]
        return list(itertools.accumulate(values, self._better))

    @property
    def importance(self) -> dict[str, float]:
        """The share of each choice in the difference between good and other trials, by name, largest first.

        The shares sum to 1. The dict is empty if fewer than 10 trials have finished, or all are equally good. Optuna
        computes the shares [1]_.

        References
        ----------
        .. [1] Watanabe, Bansal & Hutter, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
           subspaces", IJCAI 2023.
        """
        if len({row["value"] for row in self._finished}) < 2 or len(self._finished) < 10:
            return {}
        with quiet() as optuna, warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study = optuna.create_study(direction="maximize" if self.maximize else "minimize")
            study.add_trials(self._trials)
            return dict(optuna.importance.get_param_importances(study))

    def table(self, n: int | None = 10) -> str:
        """Return the best trials as text, and why trials failed.

        Parameters
        ----------
        n : int or None, default 10
            How many trials to show; None means all.

        Returns
        -------
        str
            One line per trial, best first, under a line of names; then the counts, and up to three reasons of failures.
        """
        return "\n".join([*aligned(self._lines(n)), self._counts()])

    def to_pandas(self) -> Any:
        """Return all trials as a pandas DataFrame.

        Returns
        -------
        DataFrame
            One row for each trial: its number, what was drawn, how it ended, and the value of the objective, not a
            number for trials that were pruned or failed.

        Raises
        ------
        ImportError
            If pandas is missing.
        """
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        return data_frame(self.rows, names, ("value",))

    def _repr_html_(self) -> str:
        header, *lines = self._lines(10)
        return html_table(header, lines, repr(self)) + html_lines(self._counts().splitlines())

    def _lines(self, n: int | None) -> list[list[str]]:
        """Return the cells of the best trials, the header first."""
        ranked = sorted(self._finished, key=lambda row: row["value"], reverse=self.maximize)
        lines = [["trial", *self.names, self.objective, "epochs", "seconds"]]
        for row in ranked[:n]:
            cells = [brief(row[name]) for name in self.names]
            lines.append(
                [str(row["trial"]), *cells, f"{row['value']:.6g}", str(row["epochs"]), f"{row['seconds']:.3g}"]
            )
        return lines

    def figures(self) -> dict[str, Figure]:
        """Return pictures of the search.

        Returns
        -------
        dict of matplotlib.figure.Figure
            "history", the value of each trial and the best so far; "importance"; and "slices", the value against each
            choice.

        Raises
        ------
        ValueError
            If no trial has finished.
        """
        from ..plots.axes import Pictures
        from .search_figures import history_figure, importance_figure, slices_figure

        self._best  # noqa: B018 -- raises if there is nothing to show
        return Pictures(history=history_figure(self), importance=importance_figure(self), slices=slices_figure(self))

    @property
    def _finished(self) -> list[Row]:
        return [row for row in self.rows if row["value"] is not None]

    @property
    def _best(self) -> Row:
        if not self._finished:
            first = f", the first with {self.rows[0]['reason'] or self.rows[0]['status']}" if self.rows else ""
            raise ValueError(f"a trial must have finished to be the best, got {len(self)} that did not{first}.")
        return (max if self.maximize else min)(self._finished, key=lambda row: row["value"])

    def _better(self, one: float | None, other: float | None) -> float | None:
        if one is None or other is None:
            return one if other is None else other
        return max(one, other) if self.maximize else min(one, other)

    def _counts(self) -> str:
        status = [row["status"] for row in self.rows]
        counts = [f"{status.count(kind)} {kind}" for kind in ("finished", "pruned", "failed") if kind in status]
        reasons = dict.fromkeys(row["reason"] for row in self.rows if row["status"] == "failed")
        return "\n".join([", ".join(counts), *(f"failed: {reason}" for reason in itertools.islice(reasons, 3))])


def _row(number: int, trial: FrozenTrial) -> dict[str, Any]:
    outcome = trial.user_attrs["outcome"]
    value = trial.value if outcome["status"] == "finished" else None
    drawn = {name: plain(drawn) for name, drawn in trial.params.items()}
    return {"trial": number, **drawn, **outcome, "value": value}
