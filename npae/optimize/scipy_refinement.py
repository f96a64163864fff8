"""Where SciPy takes over: theta goes to `scipy.optimize.minimize` and comes back no worse."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import scipy.optimize

from ..settings.array_types import ArrayLike, FloatArray, IntArray
from ..settings.checks import check_real, meant, number_in, positive_integer, told_apart
from ..settings.description import IF_GIVEN, Description, repr_of_given
from . import hessian_free_options, least_squares_refinement
from .best_point import BestPoint
from .blocks import BlockObjective, random_blocks
from .budget import Budget, Stop
from .counted_objective import Objective, ScipyObjective
from .curve import Curve, Watch
from .curved_objective import CurvedObjective
from .least_squares_refinement import check_size, least_squares, residuals_of
from .method_traits import (
    ALL_METHODS,
    GAUSS_NEWTON,
    HESSIAN_FREE,
    LEAST_SQUARES,
    OWN,
    Method,
    canonical,
    check_curvature,
)
from .protocols import NamedIndices, NetworkView
from .time_left import Estimate, Status

CHECKED = {LEAST_SQUARES: least_squares_refinement.check_options, HESSIAN_FREE: hessian_free_options.check_options}
ENDS_ALL_BLOCKS = ("max_evaluations", "max_seconds", "interrupted")


@dataclass(frozen=True)
class Refine(Description):
    """Hand theta to `scipy.optimize.minimize` from time to time, and take the best point that it saw.

    The method gets the exact gradient if it takes one. Newton-CG, trust-ncg and trust-krylov get products of the
    Hessian with a vector, trust-exact and dogleg the Hessian. They are exact if the layers and the loss all offer
    `second_order`, and there is no penalty other than MaxNorm, nothing that draws random numbers and no mask (see
    `has_exact_hessian` of a Network); otherwise they are central differences of gradients. With
    `curvature="gauss_newton"` they are those of the Gauss-Newton matrix, exact for all layers of npae. A refinement
    never makes the loss worse: the best point is kept, even if a budget ends the method early.

    Parameters
    ----------
    method : str or callable, default "BFGS"
        Name of a method of `scipy.optimize.minimize`, in any case, or a callable that `minimize` accepts as a method.
        "BFGS" and "Powell" are `npae.optimize.bfgs` and `npae.optimize.powell`, with the points of SciPy's.
        "hessian-free" is `npae.optimize.hessian_free`, after Martens. "least_squares" is
        `scipy.optimize.least_squares`, for the loss "mse" alone: see Notes.
    every : int, default 1
        Epochs from one refinement to the next. Without an optimizer every epoch is a refinement.
    max_iterations : int or None, default 50
        Budget of one refinement in iterations of the method; None for SciPy's limit only. COBYLA and COBYQA call every
        evaluation an iteration; the evaluations before their first step do not count.
    max_evaluations : int or None, default None
        Budget of one refinement in evaluations of the loss; None for SciPy's limit only.
    max_seconds : float or None, default None
        Budget of one refinement in seconds, checked before every evaluation; None for no limit. Some methods work on
        n x n matrices between two evaluations: with n = 3,597, SLSQP, trust-constr, trust-exact, Nelder-Mead and COBYLA
        end up to 10 s late, COBYQA minutes. In blocks of 64 (`block_size`) all end in time, except COBYQA, which ends
        up to 2 s late.
    options : dict or None, default None
        Further options of the method, passed to SciPy as they are. Powell takes xtol, ftol, maxiter and maxfev.
    max_memory : float, default 2e9
        Bytes. A method whose dense n x n matrices would need more is refused; BFGS keeps within the bound (see
        `npae.optimize.bfgs`).
    layers : list of str or None, default None
        Names of layers or arrays, such as ["decoder", "encoder.0", "encoder.1.W"], that move; the rest of theta stays.
        None for all of theta.
    block_size : int or None, default None
        Cut the coordinates into random blocks of this size, and minimise one block after another. A sweep over all
        blocks is one refinement. Each block gets `max_iterations`; the other budgets are for the sweep. None for all
        coordinates at once.
    sample : int or None, default None
        Number of training samples that a refinement sees. They are drawn again for each refinement, and their loss is
        what does not get worse. None for all.
    curvature : str or None, default None
        What stands for second derivatives, for methods that take them: "hessian", or "gauss_newton" for the matrix of
        `Network.gauss_newton_product`, which is positive semi-definite, and exact with convolutions, LSTM, masks and
        random draws too. None for "gauss_newton" with hessian-free and least_squares, "hessian" with the others.

    Notes
    -----
    **Least squares.** The residuals are the errors of all outputs, each times the root of its share of the loss, so
    that half the sum of their squares is the loss; L2 adds a residual for each weight. SciPy gets products with their
    derivative J and its transpose, for `method="trf"` with `tr_solver="lsmr"`. `options={"method": "lm"}`, or
    `{"tr_solver": "exact"}`, takes J as a matrix of residuals by unknowns, for small problems. Other options are
    ftol, xtol, gtol, x_scale, max_nfev, tr_options and verbose.

    **Which method?** On 14 autoencoders (experiments/where_each_wins.py), L-BFGS-B reached a given error before BFGS
    wherever both did, on four. After equal seconds BFGS was lower on three of six with fewer than 5,000 weights, and on
    one of eight larger ones; "hessian-free" was far lower than both on 32 letters. Beyond some ten thousand weights or
    samples, `npae.KFAC` or `npae.Adam` was first on all but one.

    **Evaluations.** A product with the Hessian, B or J^T counts as one evaluation, and each column of a matrix J.

    Examples
    --------
    >>> Refine("CG", every=4).every
    4
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> refine = npae.Refine("hessian-free", max_iterations=10)
    >>> ae = npae.Autoencoder([8, 2], optimizer=None, refine=refine, epochs=1, random_state=0).fit(letters)
    >>> (record,) = ae.history_["refinements"]
    >>> record["loss_after"] < record["loss_before"] / 2
    True
    """

    method: str | Callable[..., Any] = "BFGS"
    every: int = 1
    max_iterations: int | None = 50
    max_evaluations: int | None = None
    max_seconds: float | None = None
    options: dict[str, Any] | None = None
    max_memory: float = 2e9
    layers: list[str] | None = None
    block_size: int | None = None
    sample: int | None = None
    curvature: str | None = field(default=None, metadata=IF_GIVEN)

    __repr__ = repr_of_given  # checkpoints compare it

    def __post_init__(self) -> None:
        if not callable(self.method) and canonical(self.method) is None:
            known = ", ".join(repr(name) for name in ALL_METHODS)
            hint = meant(self.method, ALL_METHODS)
            raise ValueError(f"method must be one of {known} or a callable, got {self.method!r}.{hint}")
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
        if self.name in CHECKED:
            CHECKED[self.name](self.options)
        check_curvature(self.curvature, self.name, self.traits)

    @property
    def name(self) -> str:
        """The method's name, as SciPy spells it."""
        if callable(self.method):
            return getattr(self.method, "__name__", repr(self.method))
        return canonical(self.method) or self.method

    @property
    def traits(self) -> Method:
        """What the method takes and costs; a callable is assumed to take the gradient."""
        return Method() if callable(self.method) else ALL_METHODS[self.name]

    @property
    def uses_gauss_newton(self) -> bool:
        """Whether the Gauss-Newton matrix stands for second derivatives."""
        return (self.curvature or self.traits.curvature) == GAUSS_NEWTON

    def check(self, network: NetworkView) -> None:
        """Raise an error if the refinement cannot work on a network.

        Parameters
        ----------
        network : Network
            The network whose theta is to be refined.

        Raises
        ------
        ValueError
            If the network has no weights or does not have one of `layers`, or if its layers or loss do not offer what
            the method needs.
        MemoryError
            If the method's matrices would exceed `max_memory`.
        """
        if network.n_parameters == 0:
            raise ValueError("layers must have weights for a refinement, got none that has. Use refine=None.")
        if self.name == LEAST_SQUARES:
            network.check_sum_of_squares()
        elif self.uses_gauss_newton:
            network.check_gauss_newton()
        self.check_memory(network.n_parameters if self.layers is None else network.indices(self.layers).size)

    def check_memory(self, n: int) -> None:
        """Raise an error if the method's matrices would take more than `max_memory`.

        Parameters
        ----------
        n : int
            Number of coordinates to move.

        Raises
        ------
        MemoryError
            If the matrices for n coordinates, or for a block of them, would exceed `max_memory`.
        """
        n = n if self.block_size is None else min(n, self.block_size)
        needed = self.traits.matrices * 8 * n * n
        if needed > self.max_memory:
            limit, wanted = told_apart(self.max_memory / 1e9, needed / 1e9)
            raise MemoryError(
                f"method must need at most max_memory = {limit} GB, got {self.name!r}, whose dense "
                f"{n:,} x {n:,} matrices need about {wanted} GB. Use 'CG' or 'L-BFGS-B', or block_size, "
                "or raise max_memory."
            )

    def improve(
        self,
        objective: Objective,
        theta: ArrayLike,
        rng: np.random.Generator | None = None,
        report: Callable[[Status], object] | None = None,
        watch: Watch | None = None,
        since: tuple[int, float] = (0, 0.0),
    ) -> tuple[FloatArray, dict[str, Any]]:
        """Minimise an objective from theta.

        Parameters
        ----------
        objective : object
            Has deterministic methods `value(x)` and `value_and_gradient(x)` for float64 vectors x, whose memory is
            used again after the call. The gradient must be a fresh float64 vector, since SciPy keeps it. Optional are
            `epsilon`, the relative precision of what it returns (float64's by default), and `hessian_product(x, v)`,
            which returns H v exactly (or the attribute is None). `curvature="gauss_newton"` needs
            `gauss_newton_product(x, v)`, which returns B v. "least_squares" needs a `residual_map` with `count`,
            `residuals(x)`, `along(x, v)`, which is J v, and `back(x, u)`, J^T u. With `layers` it needs
            `indices(names)`, the positions in x that the names stand for, in rising order.
        theta : array of shape (n,)
            Where to start.
        rng : numpy.random.Generator or None, default None
            Cuts the blocks; needed with `block_size` only, otherwise nothing is drawn.
        report : callable or None, default None
            Called with a Status about every 0.2 s.
        watch : callable or None, default None
            Called after each iteration with its `iteration` (the number), `loss`, `gradient_norm`, `evaluations`,
            `seconds` and `method`. If it returns something true, the refinement ends; a string becomes the reason.
        since : tuple of int and float, default (0, 0.0)
            Evaluations and seconds from which the curve counts on.

        Returns
        -------
        x : array of shape (n,)
            The best float64 vector; a copy of theta if a budget is spent before the first iteration.
        record : dict
            With `method`, `loss_before`, `loss_after`, `iterations`, `evaluations`, `seconds`, `stopped` (why it ended)
            and, with `block_size`, `blocks` (how many were finished). `curve` has lists with one entry for each
            iteration: `iteration` (its number), `loss` and `gradient_norm` (at the point that the method has accepted;
            None if it takes no gradient), `evaluations` and `seconds`. Of more than 1,000 iterations, the curve has
            every second one, or every fourth, and so on, and the last.

        Raises
        ------
        ValueError
            If there is a `block_size` without a generator, if the objective does not know one of `layers`, or if it
            does not have what the method needs.
        MemoryError
            If the method's matrices would exceed `max_memory`.
        """
        check_real("theta", np.asarray(theta))
        point = np.array(theta, dtype=np.float64)
        if self.uses_gauss_newton and self.name != LEAST_SQUARES:
            objective = CurvedObjective(objective)
        blocks = self._blocks(objective, point.size, rng)
        budget = Budget(self.max_iterations, self.max_evaluations, self.max_seconds)
        estimate, curve = Estimate(self.name, budget, len(blocks), report), Curve(self.name, budget, since, watch)
        before = loss = objective.value(point)
        if self.name == LEAST_SQUARES:
            count = residuals_of(objective, point, loss).count
            check_size(self.options, count, max(map(len, blocks)), self.max_memory)
        finished, stopped = 0, ""
        for block in blocks:
            part = objective if len(block) == point.size else BlockObjective(objective, point, block)
            best = BestPoint(point[block], loss)
            budget.begin_block(self.traits.warm_up * len(block))
            estimate.begin_block(self.traits.sweep * len(block))
            stopped = self._minimize(ScipyObjective(part, budget, best, estimate, curve), point[block])
            point[block], loss = best.x, best.loss
            if budget.ended or stopped in ENDS_ALL_BLOCKS:
                break
            finished += 1
        if self.block_size is not None and finished == len(blocks):
            stopped = "end of the sweep"
        return point, {**self._record(budget, before, loss, finished, stopped), "curve": curve.columns()}

    def _blocks(self, objective: Objective, n: int, rng: np.random.Generator | None) -> list[IntArray]:
        """Return the positions in theta that are minimised at once, block by block."""
        positions = np.arange(n) if self.layers is None else cast("NamedIndices", objective).indices(self.layers)
        self.check_memory(positions.size)
        return [positions] if self.block_size is None else random_blocks(positions, self.block_size, rng)

    def _minimize(self, objective: ScipyObjective, start: FloatArray) -> str:
        """Hand an objective to SciPy; return why it ended."""
        method, own = self.traits, callable(self.method)
        try:
            if self.name == LEAST_SQUARES:
                return least_squares(objective, start, self.options)
            if method.values:
                return self._minimize_values(objective, start)
            result = scipy.optimize.minimize(
                objective.value_and_gradient if method.gradient else objective.value,
                start,
                jac=True if method.gradient else None,
                **self._second_derivatives(objective),
                method=self.method if callable(self.method) else OWN.get(self.name, self.name),
                callback=objective.callback_of_any if own else objective.callback,
                options=self._options(start.size),
            )
        except Stop as stop:
            return str(stop)
        except KeyboardInterrupt:
            return "interrupted"
        return str(result.message)

    def _second_derivatives(self, objective: ScipyObjective) -> dict[str, Any]:
        """Return the argument of `minimize` that holds them; none if the method takes none."""
        name = self.traits.hessian
        if name is None:
            return {}
        return {name: objective.firm_hess if name == "hess" and self.uses_gauss_newton else getattr(objective, name)}

    def _minimize_values(self, objective: ScipyObjective, start: FloatArray) -> str:
        """Hand an objective to a method of ours that wants values and gradients one by one; return why it ended."""
        diagonal = {} if objective.diagonal is None else {"diagonal": objective.diagonal}
        result = scipy.optimize.minimize(
            objective.value,
            start,
            jac=lambda x: objective.value_and_gradient(x)[1],
            hessp=objective.hessp,
            method=OWN[self.name],
            callback=objective.callback,
            options=diagonal | self._options(start.size),
        )
        return str(result.message)

    def _options(self, n: int) -> dict[str, Any]:
        """Return the method's options; COBYLA's own limit of 1,000 evaluations may be below its n + 1 first points."""
        own: dict[str, dict[str, Any]] = {"COBYLA": {"maxiter": 1000 + n}, "BFGS": {"max_memory": self.max_memory}}
        return own.get(self.name, {}) | (self.options or {})

    def _record(self, budget: Budget, before: float, after: float, finished: int, stopped: str) -> dict[str, Any]:
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


def _are_names(layers: object) -> bool:
    return isinstance(layers, (list, tuple)) and len(layers) > 0 and all(isinstance(name, str) for name in layers)
