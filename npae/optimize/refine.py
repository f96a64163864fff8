"""Where SciPy takes over: theta goes to `scipy.optimize.minimize` and comes back no worse."""

import math
from dataclasses import dataclass

import numpy as np
import scipy.optimize

from ..settings.checks import number_in, positive_integer
from ..settings.description import Description
from .best_point import BestPoint
from .blocks import BlockObjective, random_blocks
from .budget import Budget, Stop
from .estimate import Estimate
from .methods import METHODS, OWN, Method, canonical
from .scipy_objective import ScipyObjective

ENDS_ALL_BLOCKS = ("max_evaluations", "max_seconds", "interrupted")


@dataclass(frozen=True)
class Refine(Description):
    """Hand theta to `scipy.optimize.minimize` every so many epochs, and take the best point it saw.

    The method gets the exact gradient wherever it takes one; Newton-CG, trust-ncg and trust-krylov get
    Hessian-vector products, trust-exact and dogleg Hessians: exact where all layers are Dense, else as central
    differences of gradients. A refinement never makes the loss worse: the best point seen is kept, also when a
    budget ends the method early.

    Parameters
    ----------
    method : name of a method of `scipy.optimize.minimize`, in any case ("BFGS" by default), or a callable that
        `minimize` accepts as its method.
    every : epochs from one refinement to the next; default 1.
    max_iterations, max_evaluations : budget of one refinement in the method's iterations (default 50) and in
        evaluations of the loss; None for no limit but SciPy's own. (COBYLA and COBYQA call every evaluation an
        iteration; the ones of their start are not counted.)
    max_seconds : budget in seconds, checked at every evaluation. Between two, some methods work on n x n matrices: with
        n = 3,597, SLSQP, trust-constr, trust-exact, Nelder-Mead and COBYLA end up to 10 s late, COBYQA minutes.
        In blocks of 64 (`block_size`) all but COBYQA, up to 2 s late, end in time.
    options : dict of further options for the method, passed to SciPy as they are. (Powell, which is npae's own with
        SciPy's points, takes xtol, ftol, maxiter and maxfev.)
    max_memory : bytes, default 2e9. A method whose dense n x n matrices would need more is refused; BFGS keeps within
        them (see `npae.optimize.bfgs`).
    layers : list of names of layers or arrays, such as ["decoder", "encoder.0", "encoder.1.W"]: what else there is
        in theta stays as it is. None (default): all of theta moves.
    block_size : cut the coordinates into random blocks of so many and minimise one block after another; one sweep
        over all blocks is a refinement. Each block gets `max_iterations`; the other budgets are for the sweep.
        None (default): all at once.

    sample : rows of the training data that a refinement sees, drawn anew for each and fixed while it lasts; the loss on
        them is what does not get worse. None (default): all rows.

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
    layers: list | None = None
    block_size: int | None = None
    sample: int | None = None

    def __post_init__(self):
        if not callable(self.method) and canonical(self.method) is None:
            known = ", ".join(repr(name) for name in METHODS)
            raise ValueError(f"method must be one of {known} or a callable, got {self.method!r}.")
        positive_integer("every", self.every)
        for name in ("max_iterations", "max_evaluations", "block_size", "sample"):
            if getattr(self, name) is not None:
                positive_integer(name, getattr(self, name))
        if self.max_seconds is not None:
            number_in("max_seconds", self.max_seconds, 0, math.inf, closed=False)
        number_in("max_memory", self.max_memory, 0, math.inf)
        if self.options is not None and not isinstance(self.options, dict):
            raise ValueError(f"options must be a dict of options for the method, got {self.options!r}.")
        if self.layers is not None and not _are_names(self.layers):
            raise ValueError(f"layers must be a list of names such as ['decoder', 'encoder.0'], got {self.layers!r}.")

    @property
    def name(self):
        """The method's name, as SciPy spells it."""
        return getattr(self.method, "__name__", repr(self.method)) if callable(self.method) else canonical(self.method)

    @property
    def traits(self):
        """What the method takes and costs; a callable is taken for one that wants the gradient."""
        return Method() if callable(self.method) else METHODS[self.name]

    def check(self, network):
        """Raise ValueError for `layers` that the network does not have, MemoryError as `check_memory` does."""
        self.check_memory(network.n_parameters if self.layers is None else network.indices(self.layers).size)

    def check_memory(self, n):
        """Raise MemoryError if the method's matrices for n parameters, or a block, would exceed `max_memory`."""
        n = n if self.block_size is None else min(n, self.block_size)
        needed = self.traits.matrices * 8 * n * n
        if needed > self.max_memory:
            raise MemoryError(
                f"method must need at most max_memory = {self.max_memory / 1e9:.3g} GB, got {self.name!r}, whose dense "
                f"{n:,} x {n:,} matrices need about {needed / 1e9:.3g} GB. Use 'CG' or 'L-BFGS-B', or block_size, "
                "or raise max_memory."
            )

    def improve(self, objective, theta, rng=None, report=None):
        """Minimise `objective` from theta.

        Parameters
        ----------
        objective : has `value(x)` and `value_and_gradient(x)`, deterministic, for float64 vectors x, which are used
            again after the call; the gradient is a fresh float64 vector, since SciPy keeps it. `epsilon`, if it has
            that, is the relative precision of what it returns (float64's by default). `hessian_product(x, v)`, if
            it has that and it is not None, returns H v, exact. With `layers` it needs `indices(names)`, the
            positions in x that they stand for.
        theta : vector to start from.
        rng : numpy.random.Generator that cuts the blocks; needed with `block_size` only, else nothing is drawn.
        report : None, or a function that is called with a Status about every 0.2 s.

        Returns
        -------
        (x, record) : the best float64 vector seen, and a dict with `method`, `loss_before`, `loss_after`,
            `iterations`, `evaluations`, `seconds`, `stopped` (why it ended) and, with `block_size`, `blocks` (how
            many were done with). A budget that is spent before the first iteration returns theta.
        """
        point = np.array(theta, dtype=np.float64)
        blocks = self._blocks(objective, point.size, rng)
        budget = Budget(self.max_iterations, self.max_evaluations, self.max_seconds)
        estimate = Estimate(self.name, budget, len(blocks), report)
        before = loss = objective.value(point)
        finished, stopped = 0, ""
        for where in blocks:
            part = objective if len(where) == point.size else BlockObjective(objective, point, where)
            best = BestPoint(point[where], loss)
            budget.begin_block(self.traits.warm_up * len(where))
            estimate.begin_block(self.traits.sweep * len(where))
            stopped = self._minimize(ScipyObjective(part, budget, best, estimate), point[where])
            point[where], loss = best.x, best.loss
            if stopped in ENDS_ALL_BLOCKS:
                break
            finished += 1
        if self.block_size is not None and finished == len(blocks):
            stopped = "end of the sweep"
        return point, self._record(budget, before, loss, finished, stopped)

    def _blocks(self, objective, n, rng):
        """Return the positions in theta that are minimised at once, block by block."""
        where = np.arange(n) if self.layers is None else objective.indices(self.layers)
        self.check_memory(where.size)
        return [where] if self.block_size is None else random_blocks(where, self.block_size, rng)

    def _minimize(self, objective, start):
        """Hand an objective to SciPy; return why it ended."""
        method = self.traits
        try:
            result = scipy.optimize.minimize(
                objective.value_and_gradient if method.gradient else objective.value,
                start,
                jac=True if method.gradient else None,
                **({method.hessian: getattr(objective, method.hessian)} if method.hessian else {}),
                method=self.method if callable(self.method) else OWN.get(self.name, self.name),
                callback=objective.callback,
                options=self._options(start.size),
            )
        except Stop as stop:
            return str(stop)
        except KeyboardInterrupt:
            return "interrupted"
        return str(result.message)

    def _record(self, budget, before, after, finished, stopped):
        """Return what the history keeps of a refinement."""
        return {
            "method": self.name,
            "loss_before": before,
            "loss_after": after,
            "iterations": budget.iterations,
            "evaluations": budget.evaluations,
            **({} if self.block_size is None else {"blocks": finished}),
            "seconds": budget.seconds,
            "stopped": stopped,
        }

    def _options(self, n):
        """COBYLA's own limit of 1,000 evaluations may end before its first iteration; it warns then."""
        own = {"COBYLA": {"maxiter": 1000 + n}, "BFGS": {"max_memory": self.max_memory}}
        return own.get(self.name, {}) | (self.options or {})


def _are_names(layers):
    return isinstance(layers, (list, tuple)) and len(layers) > 0 and all(isinstance(name, str) for name in layers)
