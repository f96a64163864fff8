"""Copies of a model with other parameters, and which parameters those may be."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from ..training import JSONLog, TensorBoard
from ..training.json_log import is_file
from .model_traits import listed
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


def refuse_shared_logs(model: Model, settings: Sequence[Settings], seeds: Any) -> None:
    """Raise ValueError if a log that the callbacks write is that of several runs."""
    alone, logs = (len(seeds) if hasattr(seeds, "__len__") else seeds) == 1, set()
    for setting in settings:
        for log in _logs_of(model, setting):
            if not alone or log in logs:
                hint = "Leave it out: a study keeps what `measure` returns of each run."
                raise ValueError(
                    f"callbacks must give each run a file of its own, got {log!r} for several runs. {hint}"
                )
            logs.add(log)


def _logs_of(model: Model, setting: Settings) -> list[JSONLog | TensorBoard]:
    """Return the callbacks of a run, an autoencoder's inside another model too, that write a log to a path."""
    inner = getattr(model, "autoencoder", None)
    own = {"callbacks": getattr(model, "callbacks", None), "autoencoder__callbacks": getattr(inner, "callbacks", None)}
    found = [item for name, value in own.items() for item in listed(setting.get(name, value))]
    return [
        item for item in found if isinstance(item, TensorBoard) or (isinstance(item, JSONLog) and is_file(item.path))
    ]


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
