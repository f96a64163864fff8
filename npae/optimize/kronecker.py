"""Kronecker-factored curvature: running averages of factors, their damped inverses, and directions made with them.

The memory of the optimizer holds, for each array that has factors, "rows NAME" (L), "columns NAME" (R), and the damped
inverses of both under "inverse rows NAME" and "inverse columns NAME". R is a vector if it is diagonal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import get_lapack_funcs

from ..settings.array_types import FloatArray
from .eta import Memory
from .long_vectors import inner_products
from .protocols import CurvatureView, ThreadsView
from .quadratic_model import Combination, best_combination

SIDES = ("rows", "columns")
FIRMER = 10.0  # by how much damping grows while a factor is not positive definite after rounding


@dataclass(frozen=True)
class Curved:
    """The loss of a batch at theta, to second order.

    Parameters
    ----------
    gradient : array like theta
        Of the loss.
    curvature : CurvatureView
        Of the loss.
    memory : dict
        Of the optimizer.
    last_in : tuple of two floats or None
        Bounds of the last coefficient of several directions.
    """

    gradient: FloatArray
    curvature: CurvatureView
    memory: Memory
    last_in: tuple[float, float] | None = None

    def products(self, vectors: Sequence[FloatArray]) -> FloatArray:
        """Return v_i^T B v_j for all pairs of vectors."""
        return self.curvature.products(vectors)

    def inner_products(self, vectors: Sequence[FloatArray]) -> FloatArray:
        """Return v_i^T v_j for all pairs of vectors."""
        return inner_products(vectors, self.curvature.threads)

    def best(self, directions: Sequence[FloatArray], damping: float) -> Combination:
        """Return the best combination of directions, by the quadratic model with so much damping."""
        return best_combination(directions, self, damping, last_in=self.last_in)


def names_in(memory: Memory) -> list[str]:
    """Return the names of the arrays that have factors."""
    return [key.removeprefix("rows ") for key in memory if key.startswith("rows ")]


def averaged(memory: Memory, curvature: CurvatureView, keep: float, seed: int) -> bool:
    """Take the factors of a batch into the running averages, which keep so much of themselves.

    Those that are not finite leave their averages as they were. Returns whether all were finite.
    """
    averages = {name: (memory[f"rows {name}"], memory[f"columns {name}"]) for name in names_in(memory)}
    finite = curvature.mix_factors(averages, keep, seed)
    for name, pair in averages.items():
        for side, average in zip(SIDES, pair, strict=True):
            memory[f"{side} {name}"] = average
    return finite


def mean_curvature(memory: Memory) -> float:
    """Return the mean over the arrays of the mean eigenvalue of L (x) R."""
    means = [_mean_eigenvalue(memory[f"rows {n}"]) * _mean_eigenvalue(memory[f"columns {n}"]) for n in names_in(memory)]
    return float(np.mean(means))


def damped_inverses(memory: Memory, damping: float, threads: ThreadsView) -> tuple[Memory, bool]:
    """Return the inverses of all factors, by the names in the memory, and whether the damping was enough for all."""
    inverses: Memory = {}
    firm: list[bool] = []
    jobs = []
    for name in names_in(memory):
        pair = memory[f"rows {name}"], memory[f"columns {name}"]
        for side, factor, added in zip(SIDES, pair, damping_of_factors(*pair, damping), strict=True):
            key = f"inverse {side} {name}"
            inverses[key] = np.empty_like(factor)
            cost = len(factor) ** 3 if factor.ndim == 2 else len(factor)
            jobs.append((float(cost), partial(_invert, factor, added, inverses[key], firm)))
    threads.share_out(jobs)
    return inverses, all(firm)


def damping_of_factors(rows: FloatArray, columns: FloatArray, damping: float) -> tuple[float, float]:
    """Return what to add to the diagonals of L and of R, so that L (x) R is damped by about `damping` [1]_.

    They are pi sqrt(damping) and sqrt(damping) / pi, where pi^2 is the ratio of the mean eigenvalues of L and R.

    References
    ----------
    .. [1] Martens & Grosse, "Optimizing neural networks with Kronecker-factored approximate curvature", ICML 2015,
       sec. 6.3.
    """
    of_rows, of_columns, root = _mean_eigenvalue(rows), _mean_eigenvalue(columns), damping**0.5
    pi = (of_rows / of_columns) ** 0.5 if of_rows > 0 and of_columns > 0 else 1.0
    return pi * root, root / pi


def natural_direction(curved: Curved, inverses: Memory) -> FloatArray:
    """Return L^-1 G R^-1 for each array with factors, as one vector; 0 elsewhere. It points uphill."""
    direction, threads = np.zeros_like(curved.gradient), curved.curvature.threads
    given, made = curved.curvature.arrays(curved.gradient), curved.curvature.arrays(direction)
    names = names_in(curved.memory)

    def precondition(number: int) -> None:
        for name in names:
            rows, columns = (inverses[f"inverse {side} {name}"] for side in SIDES)
            part = threads.part(number, len(rows))
            _precondition(rows[part], given[name], columns, made[name][part])

    threads.do(precondition)
    return direction


def _mean_eigenvalue(factor: FloatArray) -> float:
    diagonal = factor if factor.ndim == 1 else np.diagonal(factor)
    return float(diagonal.mean(dtype=np.float64))


def _invert(factor: FloatArray, damping: float, out: FloatArray, firm: list[bool]) -> None:
    """Write (factor + damping I)^-1 into `out`; note whether that much damping was enough.

    A matrix that is not positive definite after rounding gets ten times the damping, and so on.
    """
    if factor.ndim == 1:
        np.divide(1.0, factor + factor.dtype.type(damping), out=out)
        return
    potrf, potri = get_lapack_funcs(("potrf", "potri"), dtype=factor.dtype)
    added, smallest = damping, float(np.finfo(factor.dtype).tiny)
    while True:
        np.copyto(out, factor)
        out.flat[:: len(out) + 1] += factor.dtype.type(added)
        root, failed = potrf(out.T, lower=1)
        inverse, failed = (root, failed) if failed else potri(root, lower=1, overwrite_c=1)
        if not failed and np.isfinite(inverse.diagonal()).all():
            break
        added = max(added, smallest) * FIRMER
    lower = np.tril(inverse, -1)
    np.add(lower, lower.T, out=out)
    out.flat[:: len(out) + 1] = inverse.diagonal()
    firm.append(added == damping)


def _precondition(rows: FloatArray, g: FloatArray, columns: FloatArray, out: FloatArray) -> None:
    """Write L^-1 G R^-1 into `out`."""
    left = np.dot(rows, g)
    if columns.ndim == 1:
        np.multiply(left, columns, out=out)
    else:
        np.matmul(left, columns, out=out)
