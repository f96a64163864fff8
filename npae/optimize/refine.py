"""Where SciPy takes over: theta goes to `scipy.optimize.minimize` and comes back no worse."""

import math
import time
from dataclasses import dataclass

import numpy as np
import scipy.optimize

from ..description import Description, number_in, positive_integer


@dataclass(frozen=True)
class Method:
    """What a method of `scipy.optimize.minimize` takes, and costs.

    gradient : whether it takes one. hessian : "hess", "hessp" or None. matrices : of n x n numbers that it holds.
    warm_up : n times this many evaluations come before its first iteration, and are reported as iterations.
    """

    gradient: bool = True
    hessian: str | None = None
    matrices: int = 0
    warm_up: int = 0


METHODS = {
    "BFGS": Method(matrices=5),
    "CG": Method(),
    "L-BFGS-B": Method(),
    "Newton-CG": Method(hessian="hessp"),
    "TNC": Method(),
    "SLSQP": Method(matrices=3),
    "trust-constr": Method(matrices=4),
    "trust-ncg": Method(hessian="hessp"),
    "trust-krylov": Method(hessian="hessp"),
    "trust-exact": Method(hessian="hess", matrices=4),
    "dogleg": Method(hessian="hess", matrices=4),
    "Powell": Method(gradient=False, matrices=1),
    "Nelder-Mead": Method(gradient=False, matrices=2),
    "COBYLA": Method(gradient=False, matrices=4, warm_up=1),
    "COBYQA": Method(gradient=False, matrices=12, warm_up=2),
}


@dataclass(frozen=True)
class Refine(Description):
    """Hand theta to `scipy.optimize.minimize` every so many epochs, and take the best point it saw.

    The method gets the exact gradient wherever it takes one; Newton-CG, trust-ncg and trust-krylov get
    Hessian-vector products, trust-exact and dogleg Hessians, as central differences of gradients. A refinement
    never makes the loss worse: the best point seen is kept, also when a budget ends the method early.

    Parameters
    ----------
    method : name of a method of `scipy.optimize.minimize`, in any case ("BFGS" by default), or a callable that
        `minimize` accepts as its method.
    every : epochs from one refinement to the next; default 1.
    max_iterations, max_evaluations : budget of one refinement in the method's iterations (default 50) and in
        evaluations of the loss; None for no limit but SciPy's own. (COBYLA and COBYQA call every evaluation an
        iteration; the ones of their start are not counted.)
    max_seconds : budget in seconds, checked at every evaluation.
    options : dict of further options for the method, passed to SciPy as they are.
    max_memory : refuse a method whose dense n x n matrices would need more bytes than this; default 2e9.

    Examples
    --------
    >>> Refine("CG", every=4).every
    4
    """

    method: str = "BFGS"
    every: int = 1
    max_iterations: int | None = 50
    max_evaluations: int | None = None
    max_seconds: float | None = None
    options: dict | None = None
    max_memory: float = 2e9

    def __post_init__(self):
        if not callable(self.method) and _canonical(self.method) is None:
            known = ", ".join(repr(name) for name in METHODS)
            raise ValueError(f"method must be one of {known} or a callable, got {self.method!r}.")
        positive_integer("every", self.every)
        for name in ("max_iterations", "max_evaluations"):
            if getattr(self, name) is not None:
                positive_integer(name, getattr(self, name))
        if self.max_seconds is not None:
            number_in("max_seconds", self.max_seconds, 0, math.inf, closed=False)
        number_in("max_memory", self.max_memory, 0, math.inf)
        if self.options is not None and not isinstance(self.options, dict):
            raise ValueError(f"options must be a dict of options for the method, got {self.options!r}.")

    @property
    def name(self):
        """The method's name, as SciPy spells it."""
        return getattr(self.method, "__name__", repr(self.method)) if callable(self.method) else _canonical(self.method)

    @property
    def traits(self):
        """What the method takes and costs; a callable is taken for one that wants the gradient."""
        return Method() if callable(self.method) else METHODS[self.name]

    def check_memory(self, n):
        """Raise MemoryError if the method's matrices for n parameters would exceed `max_memory`."""
        needed = self.traits.matrices * 8 * n * n
        if needed > self.max_memory:
            raise MemoryError(
                f"method must need at most max_memory = {self.max_memory / 1e9:.3g} GB, got {self.name!r}, whose dense "
                f"{n:,} x {n:,} matrices need about {needed / 1e9:.3g} GB. Use 'CG' or 'L-BFGS-B', or raise max_memory."
            )

    def improve(self, objective, theta):
        """Minimise `objective` from theta.

        Parameters
        ----------
        objective : has `value(x)` and `value_and_gradient(x)`, deterministic, for float64 vectors x; the
            gradient is a fresh float64 vector, since SciPy keeps it. `epsilon`, if it has that, is the relative
            precision of what it returns (float64's by default).
        theta : vector to start from.

        Returns
        -------
        (x, record) : the best float64 vector seen, and a dict with `method`, `loss_before`, `loss_after`,
            `iterations`, `evaluations`, `seconds` and `stopped` (why the method ended).
        """
        self.check_memory(theta.size)
        start = np.array(theta, dtype=np.float64)
        watch = _Watch(self, objective, start)
        method = self.traits
        try:
            result = scipy.optimize.minimize(
                watch.value_and_gradient if method.gradient else watch.value,
                start,
                jac=True if method.gradient else None,
                **({method.hessian: getattr(watch, method.hessian)} if method.hessian else {}),
                method=self.method if callable(self.method) else self.name,
                callback=watch.iterated,
                options=dict(self.options or {}),
            )
            stopped = str(result.message)
        except _Stop as stop:
            stopped = str(stop)
        except KeyboardInterrupt:
            stopped = "interrupted"
        return watch.best, watch.record(stopped)


def _canonical(name):
    return next((known for known in METHODS if str(name).lower() == known.lower()), None)


class _Stop(Exception):
    """A budget is spent."""


class _Watch:
    """Stands between SciPy and the objective: counts, keeps the best point, ends what is over budget."""

    def __init__(self, refine, objective, start):
        self._refine, self._objective, self._began = refine, objective, time.perf_counter()
        self._iterations = self._evaluations = 0
        self._step = getattr(objective, "epsilon", np.finfo(float).eps) ** (1 / 3)
        self._uncounted = refine.traits.warm_up * start.size
        self.best, self._before = start, objective.value(start)
        self._least = self._before

    def value(self, x):
        """Return the loss at x."""
        self._spend()
        return self._seen(x, self._objective.value(x))

    def value_and_gradient(self, x):
        """Return the loss and the gradient at x; no slope where the loss is not finite."""
        self._spend()
        value, gradient = self._objective.value_and_gradient(x)
        value = self._seen(x, value)
        return value, gradient if math.isfinite(value) else np.zeros_like(gradient)

    def hessp(self, x, p):
        """H p = (g(x + h p) - g(x - h p)) / 2h, to second order in h."""
        norm = np.linalg.norm(p)
        if norm == 0:
            return np.zeros_like(p)
        h = self._step * (1 + np.linalg.norm(x)) / norm
        return (self.value_and_gradient(x + h * p)[1] - self.value_and_gradient(x - h * p)[1]) / (2 * h)

    def hess(self, x):
        """Return the Hessian, column by column as products."""
        columns = np.stack([self.hessp(x, e) for e in np.eye(x.size)])
        return (columns + columns.T) / 2

    def iterated(self, *_):
        """Count an iteration; SciPy calls this after each."""
        if self._evaluations <= self._uncounted:
            return
        self._iterations += 1
        if self._refine.max_iterations is not None and self._iterations >= self._refine.max_iterations:
            raise _Stop("max_iterations")

    def record(self, stopped):
        """Return what the history keeps of the refinement."""
        return {
            "method": self._refine.name,
            "loss_before": self._before,
            "loss_after": self._least,
            "iterations": self._iterations,
            "evaluations": self._evaluations + 1,
            "seconds": time.perf_counter() - self._began,
            "stopped": stopped,
        }

    def _spend(self):
        refine = self._refine
        if refine.max_evaluations is not None and self._evaluations + 1 >= refine.max_evaluations:
            raise _Stop("max_evaluations")
        if refine.max_seconds is not None and time.perf_counter() - self._began >= refine.max_seconds:
            raise _Stop("max_seconds")
        self._evaluations += 1

    def _seen(self, x, value):
        """Keep the best point; a value that is not a number is as bad as can be."""
        if math.isnan(value):
            return math.inf
        if value < self._least:
            self._least, self.best = value, np.array(x, dtype=np.float64)
        return value
