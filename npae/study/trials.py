"""One trial of a search, wherever it runs: fit the model with the parameters drawn, and judge what `fit` returns."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..estimators.autoencoder import Autoencoder
from ..samples.feature_names import feature_names
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.checks import number_in
from ..settings.description import IF_GIVEN
from .fit_options import (
    checked_options,
    checked_samples,
    checked_validation,
    taken,
    validation_of,
)
from .model_copies import changed, fit, for_one_run
from .pruning import PRUNED, Pruning, Reports
from .run_types import Outcome, Settings
from .yardstick import Objective, accepted


@dataclass(frozen=True)
class Trial:
    """Fit a copy of the model with other parameters; return its value and how many epochs it took.

    `options` are what `fit` gets besides the samples, `held_out` the same for the validation data. With `reports`,
    Optuna may end the fit early.
    """

    model: Autoencoder
    X: AnyArray
    validation: AnyArray
    objective: Objective
    reports: Reports | None = field(default=None, compare=False)
    options: Settings = field(default_factory=dict, metadata=IF_GIVEN)
    held_out: Settings = field(default_factory=dict, metadata=IF_GIVEN)

    @classmethod
    def of(
        cls,
        model: Autoencoder,
        X: ArrayLike,
        validation_data: Any,
        objective: Objective,
        seed: int,
        options: Mapping[str, Any],
        gaps: bool = False,
    ) -> Trial:
        """Return a Trial that holds out validation data, if these are a share of X; the seed decides which samples.

        `gaps` says whether numbers may be missing.
        """
        samples = checked_samples(X, options.get("mask"), gaps)
        given = checked_options(options, samples)
        if isinstance(validation_data, numbers.Real):
            learnt, judged = _split(len(samples), float(validation_data), seed)
            parts = samples[learnt], samples[judged], taken(given, learnt), taken(given, judged)
        else:
            validation, beside = checked_validation(model, validation_data, samples, feature_names(X), given, gaps)
            parts = samples, validation, given, beside
        samples, validation, given, beside = parts
        if callable(objective.what):
            accepted(objective.what, beside)
        copy = changed(model, {"random_state": None})
        return cls(copy, samples, validation, objective, options=given, held_out=beside)

    def __call__(self, *, seed: int, number: int, parameters: Settings) -> Outcome:
        model = for_one_run(self.model, parameters, seed)
        if self.reports is not None:
            model.set_params(callbacks=[*model.callbacks, Pruning(self.reports, number, self.objective)])
        fit(model, self.X, validation_data=validation_of(self.validation, self.held_out), **self.options)
        pruned = model.stop_reason_ == PRUNED
        return {"value": None if pruned else self._value(model), "epochs": model.n_epochs_, "pruned": pruned}

    def _value(self, model: Autoencoder) -> float:
        value = self.objective.of(model, self.validation, **self.held_out)
        if not math.isfinite(value):
            raise ArithmeticError(f"{self.objective.name} must be finite to be compared, got {value}.")
        return value


def _split(count: int, share: float, seed: int) -> tuple[AnyArray, AnyArray]:
    """Return the numbers of the samples to learn from, and of a random share to hold out."""
    held_out = round(number_in("validation_data", share, 0, 1, closed=False) * count)
    if not 0 < held_out < count:
        raise ValueError(f"validation_data must leave samples on both sides, got {share!r} of {count} samples.")
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[held_out:]), np.sort(order[:held_out])
