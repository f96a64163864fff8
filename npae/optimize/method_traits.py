"""What each method that refines theta takes, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .bfgs import bfgs
from .hessian_free import hessian_free
from .powell import powell


@dataclass(frozen=True)
class Method:
    """What a method takes and costs, for n unknowns.

    Parameters
    ----------
    gradient : bool, default True
        Whether it takes a gradient.
    hessian : str or None, default None
        The argument by which it takes second derivatives, "hess" or "hessp"; None if it takes none.
    matrices : int, default 0
        How many n x n matrices it holds.
    warm_up : int, default 0
        n times this many evaluations come before its first iteration. (SciPy may call each of them an iteration.)
    sweep : int, default 0
        n times this many evaluations are a first guess of what an iteration takes.
    curvature : str, default "hessian"
        The matrix that stands for second derivatives if the user names none.
    values : bool, default False
        Whether it wants values without gradients, besides gradients.
    """

    gradient: bool = True
    hessian: str | None = None
    matrices: int = 0
    warm_up: int = 0
    sweep: int = 0
    curvature: str = "hessian"
    values: bool = False


CURVATURES = HESSIAN, GAUSS_NEWTON = "hessian", "gauss_newton"
HESSIAN_FREE, LEAST_SQUARES = "hessian-free", "least_squares"
METHODS = {
    "BFGS": Method(),
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
    "Powell": Method(gradient=False, sweep=10),
    "Nelder-Mead": Method(gradient=False, matrices=2, warm_up=1),
    "COBYLA": Method(gradient=False, matrices=4, warm_up=1),
    "COBYQA": Method(gradient=False, matrices=12, warm_up=2),
}
BY_GAUSS_NEWTON = {  # not of `minimize`
    HESSIAN_FREE: Method(hessian="hessp", curvature=GAUSS_NEWTON, values=True),
    LEAST_SQUARES: Method(hessian="jac", curvature=GAUSS_NEWTON),
}
ALL_METHODS = METHODS | BY_GAUSS_NEWTON
OWN: dict[str, Callable[..., Any]] = {"BFGS": bfgs, "Powell": powell, HESSIAN_FREE: hessian_free}


def canonical(name: object) -> str | None:
    """Return a method's name as SciPy spells it, or None for an unknown one."""
    return next((known for known in ALL_METHODS if str(name).lower() == known.lower()), None)


def check_curvature(curvature: object, name: str, method: Method) -> None:
    """Raise ValueError unless the named matrix can stand for the second derivatives that a method takes."""
    known = ", ".join(map(repr, CURVATURES))
    if curvature not in (None, *CURVATURES):
        raise ValueError(f"curvature must be None or one of {known}, got {curvature!r}.")
    if curvature is not None and method.hessian is None:
        takers = ", ".join(repr(taker) for taker, traits in ALL_METHODS.items() if traits.hessian)
        rule = f"curvature must be None for {name!r}, which takes no second derivatives"
        raise ValueError(f"{rule}, got {curvature!r}. Methods that do are {takers}.")
    if curvature == HESSIAN and method.curvature != HESSIAN:
        hint = "Leave it out, or use 'trust-ncg'."
        raise ValueError(f"curvature must be 'gauss_newton' for {name!r}, got 'hessian'. {hint}")
