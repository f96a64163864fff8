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


def check_validation(monitors: Iterable[Quantity], training: TrainingView) -> None:
    """Raise ValueError if one of them is measured on validation data and there is none."""
    for monitor in monitors:
        if isinstance(monitor, str) and monitor.startswith("val_") and training.validation is None:
            hint = "Give it to fit, or set validation_fraction."
            raise ValueError(f"validation_data must be given to fit to monitor {monitor!r}, got None. {hint}")


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
