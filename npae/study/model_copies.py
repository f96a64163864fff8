"""Copies of a model with other parameters, and which parameters those may be."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from .run_types import AnyModel, Model, Settings


def parameters_of(model: Model) -> dict[str, Any]:
    """Return what may vary, by name; raise ValueError for anything but an estimator with a seed."""
    parameters = model.get_params(deep=False) if hasattr(model, "get_params") else {}
    if "random_state" not in parameters:
        raise ValueError(f"model must be an estimator with a parameter random_state, got {model!r}.")
    return {name: value for name, value in parameters.items() if name != "random_state"}


def check_settings(model: Model, settings: Sequence[Settings]) -> None:
    """Raise ValueError for unknown names, or the first error if the model refuses every setting."""
    known, errors = parameters_of(model), []
    for setting in settings:
        for name in setting:
            if name.split("__")[0] not in known:
                names = ", ".join(known)
                raise ValueError(f"parameters must be among {names} (or inside them: init__std), got {name!r}.")
        try:
            changed(model, setting)
        except Exception as error:  # it becomes the reason of a failed run, unless no setting works
            errors.append(error)
    if settings and len(errors) == len(settings):
        raise errors[0]


def changed(model: AnyModel, settings: Settings) -> AnyModel:
    """Return an unfitted copy of the model with other parameters."""
    make: Callable[..., AnyModel] = type(model)
    fresh = make(**copy.deepcopy(model.get_params(deep=False)))
    fresh.set_params(**settings)
    return fresh


def for_one_run(model: AnyModel, settings: Settings, seed: int) -> AnyModel:
    """Return an unfitted copy with other parameters and a seed; `threads` becomes 1 if it is None."""
    fresh = changed(model, settings)
    fresh.set_params(random_state=seed)
    if fresh.get_params(deep=False).get("threads", 1) is None:
        fresh.set_params(threads=1)
    return fresh


def fit(model: AnyModel, X: Any, **options: Any) -> AnyModel:
    """Fit the model and return it; raise KeyboardInterrupt if Ctrl-C ended the fit."""
    model.fit(X, **options)
    if getattr(model, "stop_reason_", None) == "interrupted":  # npae keeps what it has learnt until then
        raise KeyboardInterrupt
    return model
