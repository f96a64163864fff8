"""SciPy's `least_squares` for losses that are sums of squares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.optimize

from ..settings.array_types import FloatArray
from ..settings.checks import number_in, positive_integer, told_apart
from .counted_objective import Objective, ScipyObjective, precision
from .residual_map import CountedResiduals, ResidualMap

OPTIONS = ("method", "ftol", "xtol", "gtol", "x_scale", "max_nfev", "tr_solver", "tr_options", "verbose")
CHOICES = {"method": ("trf", "dogbox", "lm"), "tr_solver": ("exact", "lsmr")}
COPIES = 3  # of a dense Jacobian that SciPy holds, with its decomposition
VECTORS = 10  # of so many residuals and of so many unknowns that it holds at least
AGREE = 0.01  # relative difference of the residuals' squares and the loss that is more than rounding


def least_squares(objective: ScipyObjective, start: FloatArray, options: Mapping[str, Any] | None) -> str:
    """Minimise half the sum of squares of an objective's residuals from a start; return why SciPy ended."""
    chosen = {"method": "trf", **(options or {})}
    dense = is_dense(chosen) or start.size == 1  # lsmr searches a plane
    if dense and not is_dense(chosen):
        chosen = {key: value for key, value in chosen.items() if key != "tr_options"} | {"tr_solver": "exact"}
    if not dense:
        chosen.setdefault("tr_solver", "lsmr")
    assert objective.residual_map is not None
    counted = CountedResiduals(objective.residual_map, objective, dense)
    result = scipy.optimize.least_squares(counted.residuals, start, jac=counted.jacobian, **chosen)
    return str(result.message)


def residuals_of(objective: Objective, point: FloatArray, loss: float) -> ResidualMap:
    """Return an objective's residuals; ValueError if it has none, or if their squares are not its loss."""
    residual_map: ResidualMap | None = getattr(objective, "residual_map", None)
    if residual_map is None:
        hint = "Use another method."
        raise ValueError(f"objective must have a residual_map for least squares, got {objective!r}. {hint}")
    half = 0.5 * float(np.sum(np.square(residual_map.residuals(point))))
    if np.isfinite([half, loss]).all() and abs(half - loss) > max(AGREE, precision(objective) ** 0.5) * abs(loss):
        hint = "Does a layer of yours add to the loss? Use Refine('hessian-free')."
        raise ValueError(f"loss must be half the sum of squares for least squares, {half:.6g}, got {loss:.6g}. {hint}")
    return residual_map


def check_options(options: Mapping[str, Any] | None) -> None:
    """Raise ValueError for options that `least_squares` does not take here."""
    for name in options or ():
        if name not in OPTIONS:
            known = ", ".join(map(repr, OPTIONS))
            raise ValueError(f"options must be among {known} for least_squares, got {name!r}.")
    chosen = options or {}
    for name, known_values in CHOICES.items():
        if chosen.get(name) not in (None, *known_values):
            among = ", ".join(map(repr, known_values))
            raise ValueError(f"{name} must be one of {among} for least_squares, got {chosen[name]!r}.")
    for name in ("ftol", "xtol", "gtol"):
        if chosen.get(name) is not None:
            number_in(name, chosen[name], 0, math.inf)
    if chosen.get("max_nfev") is not None:
        positive_integer("max_nfev", chosen["max_nfev"])
    if not isinstance(chosen.get("tr_options", {}), dict):
        raise ValueError(f"tr_options must be a dict of options of lsmr, got {chosen['tr_options']!r}.")
    if isinstance(chosen.get("x_scale"), str) and chosen["x_scale"] == "jac" and not is_dense(chosen):
        hint = "Add tr_solver='exact', which holds it."
        raise ValueError(f"x_scale must be numbers where lsmr holds no Jacobian, got 'jac'. {hint}")


def is_dense(options: Mapping[str, Any] | None) -> bool:
    """Return whether these options need the Jacobian as a matrix."""
    chosen = options or {}
    return bool(chosen.get("method") == "lm" or chosen.get("tr_solver") == "exact")


def check_size(options: Mapping[str, Any] | None, residuals: int, unknowns: int, limit: float) -> None:
    """Raise MemoryError if SciPy would hold more than `limit` bytes, ValueError if there are too few residuals."""
    dense = is_dense(options)
    if (options or {}).get("method") == "lm" and residuals < unknowns:
        hint = "Use method 'trf', or block_size."
        rule = f"unknowns must be no more than the {residuals:,} residuals for 'lm'"
        raise ValueError(f"{rule}, got {unknowns:,}. {hint}")
    needed = 8 * (COPIES * residuals * unknowns if dense else VECTORS * (residuals + unknowns))
    if needed <= limit:
        return
    what = f"the dense Jacobian of {residuals:,} residuals by" if dense else f"{VECTORS} vectors of {residuals:,} and"
    most, wanted = told_apart(limit / 1e9, needed / 1e9)
    use = "method 'trf' with 'lsmr', which needs none" if dense else "'hessian-free' or 'L-BFGS-B'"
    raise MemoryError(
        f"least_squares must need at most max_memory = {most} GB, got {what} {unknowns:,} unknowns, about {wanted} GB. "
        f"Use {use}, or sample, or raise max_memory."
    )
