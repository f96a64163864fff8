"""The options of Hessian-free optimisation, and their checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import number_in, positive_integer, real_number

NAMES = ("gtol", "maxiter", "damping", "decay", "cg_tolerance", "cg_maxiter", "diagonal", "draws", "tol", "return_all")


@dataclass(frozen=True)
class HessianFreeOptions:
    """What the user has set: see `npae.optimize.hessian_free`."""

    gtol: float = 1e-5
    maxiter: int | None = None
    damping: float | None = None
    decay: float = 0.95
    cg_tolerance: float = 5e-4
    cg_maxiter: int = 250
    diagonal: Callable[[FloatArray, int, int], ArrayLike] | None = None
    draws: int = 5

    def __post_init__(self) -> None:
        number_in("gtol", self.gtol, 0, math.inf)
        if self.maxiter is not None:
            real_number("maxiter", self.maxiter)
        if self.damping is not None:
            number_in("damping", self.damping, 0, math.inf, closed=False)
        number_in("decay", self.decay, 0, 1)
        number_in("cg_tolerance", self.cg_tolerance, 0, math.inf, closed=False)
        positive_integer("cg_maxiter", self.cg_maxiter)
        positive_integer("draws", self.draws)
        if self.diagonal is not None and not callable(self.diagonal):
            hint = "It estimates the diagonal of B."
            raise ValueError(f"diagonal must be None or a function (x, draws, seed), got {self.diagonal!r}. {hint}")


def check_options(options: Mapping[str, Any] | None) -> None:
    """Raise ValueError for options of a refinement that `hessian_free` does not take."""
    for name in options or ():
        if name not in NAMES:
            raise ValueError(f"options must be among {', '.join(map(repr, NAMES))} for hessian-free, got {name!r}.")
    known = HessianFreeOptions.__dataclass_fields__
    given = {name: value for name, value in (options or {}).items() if name in known}
    if given.get("gtol", 0) is None:
        del given["gtol"]
    HessianFreeOptions(**given)
