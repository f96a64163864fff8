"""A number that is watched from epoch to epoch: which one, which way is better, and how long it has not improved.

What watches one has the fields `monitor`, `mode`, `min_delta` and `patience`, and a memory with `best` and `waited`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from ..metrics import HIGHER_IS_BETTER, METRICS
from ..settings.checks import number_in, positive_integer

if TYPE_CHECKING:
    from .protocols import TrainingView

Quantity: TypeAlias = str | Callable[..., Any]  # "loss", a metric's name, either after "val_", or a function
KNOWN = ("loss", "val_loss", *METRICS, *(f"val_{name}" for name in METRICS))


def check_monitor(monitor: Quantity, mode: str | None, min_delta: float, patience: int | None) -> None:
    """Raise ValueError for an invalid field."""
    check_monitored(monitor)
    number_in("min_delta", min_delta, 0, math.inf)
    if patience is not None:
        positive_integer("patience", patience)
    if mode not in ("min", "max", None):
        raise ValueError(f"mode must be 'min', 'max' or None, got {mode!r}.")


def check_monitored(monitor: Quantity) -> None:
    """Raise ValueError unless it is a function or the name of a number that can be watched."""
    if monitor not in KNOWN and not callable(monitor):
        raise ValueError(f"monitor must be one of {', '.join(map(repr, KNOWN))} or a function, got {monitor!r}.")


def check_validation(monitors: Iterable[Quantity], training: TrainingView, watcher: object = None) -> None:
    """Raise ValueError if one of them is measured on validation data and there is none."""
    if training.validation is None:
        _refuse_validation(monitors, watcher, training.stream)


def check_watchers(watchers: Iterable[object], *, stream: bool) -> None:
    """Raise ValueError if a callback or a schedule watches validation data. For a training without any, before it."""
    for watcher in watchers:
        metrics, then = getattr(watcher, "metrics", ()), getattr(watcher, "then", None)
        metrics = metrics if isinstance(metrics, (list, tuple)) else ()
        _refuse_validation([getattr(watcher, "monitor", ""), *metrics], watcher, stream)
        if then is not None:
            check_watchers([then], stream=stream)


def _refuse_validation(monitors: Iterable[Quantity], watcher: object, stream: bool) -> None:
    """Raise ValueError if one of them is measured on validation data."""
    name = "a callback" if watcher is None else type(watcher).__name__
    for monitor in monitors:
        if not isinstance(monitor, str) or monitor not in KNOWN or not monitor.startswith("val_"):
            continue
        if stream:
            rule = f"{name} must watch the training data in partial_fit, which holds nothing out for validation"
            hint = f"Watch {monitor.removeprefix('val_')!r}, or call fit."
            raise ValueError(f"{rule}, got {monitor!r}. {hint}")
        hint = "Set validation_fraction, or give validation_data to fit."
        raise ValueError(
            f"validation_data must be given to fit to monitor {monitor!r} in {name}, got None, and no "
            f"validation_fraction. {hint}"
        )


def sign_of(monitor: Quantity, mode: str | None) -> int:
    """Return 1 if less is better, else -1; without a mode, more is better for some metrics only."""
    name = monitor.removeprefix("val_") if isinstance(monitor, str) else None
    return -1 if (mode or ("max" if name in HIGHER_IS_BETTER else "min")) == "max" else 1


def name_of(monitor: Quantity) -> str:
    """Return what the number is called in messages."""
    return monitor if isinstance(monitor, str) else getattr(monitor, "__name__", type(monitor).__name__)


def remember_best(value: float, memory: dict[str, Any], min_delta: float) -> bool:
    """Keep the best value, where less is better, and count how many in a row did not beat it by more than `min_delta`.

    Return whether this one did.
    """
    improved = bool(value < memory.setdefault("best", math.inf) - min_delta)
    memory["waited"] = 0 if improved else memory.get("waited", 0) + 1
    if improved:
        memory["best"] = value
    return improved
