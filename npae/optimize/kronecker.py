"""Kronecker-factored curvature: running averages of factors, their damped inverses, and directions made with them.

The memory of the optimizer holds, for each array that has factors, "rows NAME" (L), "columns NAME" (R), and the damped
inverses of both under "inverse rows NAME" and "inverse columns NAME". R is a vector if it is diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import get_lapack_funcs

from ..settings.array_types import FloatArray
from .eta import Memory
from .protocols import CurvatureView, ThreadsView

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
    """

    gradient: FloatArray
    curvature: CurvatureView
    memory: Memory

    def products(self, vectors: Sequence[FloatArray]) -> FloatArray:
        """Return v_i^T B v_j for all pairs of vectors."""
        return self.curvature.products(vectors)


def names_in(memory: Memory) -> list[str]:
    """Return the names of the arrays that have factors."""
    return [key.removeprefix("rows ") for key in memory if key.startswith("rows ")]


def averaged(memory: Memory, factors: Mapping[str, tuple[FloatArray, FloatArray]], keep: float) -> bool:
    """Take factors into the running averages, which keep so much of themselves; return whether all were finite.

    Those that are not finite leave their averages as they were.
    """
    finite = True
    for name, pair in factors.items():
        known = f"rows {name}" in memory
        if not all(np.isfinite(factor).all() for factor in pair):
            finite = False
            pair = pair if known else tuple(np.nan_to_num(f, nan=0.0, posinf=0.0, neginf=0.0) for f in pair)  # type: ignore[assignment]  # two of them
            if known:
                continue
        for side, factor in zip(SIDES, pair, strict=True):
            if not known:
                memory[f"{side} {name}"] = factor.copy()
                continue
            average = memory[f"{side} {name}"]
            average *= average.dtype.type(keep)
            factor *= factor.dtype.type(1 - keep)
            average += factor
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
    share_out(jobs, threads)
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
    """Return -L^-1 G R^-1 for each array with factors, as one vector; 0 elsewhere."""
    direction = np.zeros_like(curved.gradient)
    given, made = curved.curvature.arrays(curved.gradient), curved.curvature.arrays(direction)
    jobs = []
    for name in names_in(curved.memory):
        rows, columns = (inverses[f"inverse {side} {name}"] for side in SIDES)
        g = given[name]
        jobs.append((float(g.size * sum(g.shape)), partial(_precondition, rows, g, columns, made[name])))
    share_out(jobs, curved.curvature.threads)
    return np.negative(direction, out=direction)


def share_out(jobs: Sequence[tuple[float, Callable[[], None]]], threads: ThreadsView) -> None:
    """Carry out jobs (cost, function), the costliest first, each on the thread that has least to do.

    They must not depend on one another. Which thread does what does not depend on time.
    """
    loads = [0.0] * threads.count
    lists: list[list[Callable[[], None]]] = [[] for _ in loads]
    for cost, job in sorted(jobs, key=lambda item: -item[0]):
        least = loads.index(min(loads))
        loads[least] += cost
        lists[least].append(job)

    def work(number: int) -> None:
        for job in lists[number]:
            job()

    threads.do(work)


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
