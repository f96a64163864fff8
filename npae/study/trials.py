"""One trial of a search, wherever it runs: fit the model with the parameters drawn, and judge it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ..estimators.autoencoder import Autoencoder
from ..metrics import HIGHER_IS_BETTER, METRICS
from ..samples.arrays import checked_array
from ..samples.door import validation_pair
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.checks import number_in
from .model_copies import changed, fit, for_one_run
from .pruning import PRUNED, Pruning, Reports
from .run_types import Outcome, Settings

What: TypeAlias = str | Callable[[Any, AnyArray], Any]


@dataclass(frozen=True)
class Objective:
    """What a search improves: "val_loss", "score", a metric by its name, or a function(model, X).

    `maximize` says whether more is better. None means yes for "score" and for metrics of which more is better.
    """

    what: What = "val_loss"
    maximize: bool | None = None

    def __post_init__(self) -> None:
        known = ("val_loss", "score", *METRICS)
        if not callable(self.what) and self.what not in known:
            names = ", ".join(map(repr, known))
            raise ValueError(f"objective must be one of {names} or a function(model, X), got {self.what!r}.")
        if self.maximize not in (None, True, False):
            raise ValueError(f"maximize must be True, False or None, got {self.maximize!r}.")

    @property
    def name(self) -> str:
        """A short name, for tables and axes."""
        return self.what if isinstance(self.what, str) else getattr(self.what, "__name__", type(self.what).__name__)

    @property
    def upward(self) -> bool:
        """Whether more is better."""
        return self.what in ("score", *HIGHER_IS_BETTER) if self.maximize is None else self.maximize

    def check_comparable(self, parameters: Container[str]) -> None:
        """Raise ValueError if models that differ in these parameters cannot be compared."""
        if "loss" in parameters and self.what == "val_loss":
            hint = "Choose another objective, such as 'score'."
            raise ValueError(f"objective must compare models of any loss if 'loss' varies, got 'val_loss'. {hint}")

    def of(self, model: Autoencoder, X: AnyArray) -> float:
        """Return the value of a fitted model on validation data."""
        if callable(self.what):
            return float(self.what(model, X))
        if self.what == "val_loss":
            return float(model.history_["val_loss"][-1])
        if self.what == "score":
            return float(model.score(X))
        return float(np.sum(METRICS[self.what](X, model.reconstruct(X))))


@dataclass(frozen=True)
class Trial:
    """Fit a copy of the model with other parameters; return its value and how many epochs it took.

    With `reports`, Optuna may end the fit early.
    """

    model: Autoencoder
    X: AnyArray
    validation: AnyArray
    objective: Objective
    reports: Reports | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls, model: Autoencoder, X: AnyArray, validation_data: ArrayLike | float, objective: Objective, seed: int
    ) -> Trial:
        """Return a Trial that holds out validation data, if these are a share of X; the seed decides which samples."""
        return cls(changed(model, {"random_state": None}), *_split(X, validation_data, seed), objective)

    def __call__(self, *, seed: int, number: int, parameters: Settings) -> Outcome:
        model = for_one_run(self.model, parameters, seed)
        if self.reports is not None:
            model.set_params(callbacks=[*model.callbacks, Pruning(self.reports, number, self.objective.upward)])
        fit(model, self.X, validation_data=self.validation)
        pruned = model.stop_reason_ == PRUNED
        return {"value": None if pruned else self._value(model), "epochs": model.n_epochs_, "pruned": pruned}

    def _value(self, model: Autoencoder) -> float:
        value = self.objective.of(model, self.validation)
        if not math.isfinite(value):
            raise ArithmeticError(f"{self.objective.name} must be finite to be compared, got {value}.")
        return value


def _split(X: AnyArray, validation: ArrayLike | float, seed: int) -> tuple[AnyArray, AnyArray]:
    """Return (X, validation data): as given, or a random share of X held out."""
    if not isinstance(validation, numbers.Real):
        samples, mask = validation_pair(validation, X.shape[1:])
        if mask is not None:
            raise ValueError("validation_data must be samples without a mask for a search, got a pair with one.")
        return X, checked_array(samples, "validation_data")
    held_out = round(number_in("validation_data", validation, 0, 1, closed=False) * len(X))
    if not 0 < held_out < len(X):
        raise ValueError(f"validation_data must leave samples on both sides, got {validation!r} of {len(X)} samples.")
    order = np.random.default_rng(seed).permutation(len(X))
    return X[np.sort(order[held_out:])], X[np.sort(order[:held_out])]
