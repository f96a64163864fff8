"""The methods of where_each_wins.py: what is compared, from which settings, and what each of them sees."""

from dataclasses import replace

import npae
from experiments.solvers.methods import LIMIT, METHODS, NO_END, SAMPLE, Method

BATCHES = {"kfac": 1000, "adam": 100, "momentum": 100}  # or all samples, if they are fewer
MOMENTUM_ETAS = (0.01, 0.002)  # of a loss that is summed over the outputs
FEW_WEIGHTS = 500  # up to which least squares takes its derivative as a matrix
UNFIT = "does not fit"  # how a run ends that its method refuses
AGAIN = 20  # steps on each draw of samples


def trust_ncg(_):
    """Return SciPy's trust-region Newton-CG with products of the Gauss-Newton matrix."""
    options = NO_END | {"maxiter": LIMIT}
    return npae.Refine("trust-ncg", max_iterations=None, curvature="gauss_newton", options=options)


def least_squares(_):
    """Return SciPy's least squares with products of the derivative; its tolerances cannot all be 0."""
    options = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15, "max_nfev": LIMIT}
    return npae.Refine("least_squares", max_iterations=None, options=options)


CONTENDERS = {
    "bfgs": METHODS["bfgs"],
    "l-bfgs-b": METHODS["l-bfgs-b"],
    "trust-ncg": Method("trust-ncg, Gauss-Newton", "refine", trust_ncg),
    "hessian-free": METHODS["hessian-free"],
    "least-squares": Method("Least squares", "refine", least_squares),
    "kfac": METHODS["kfac"],
    "adam": METHODS["adam"],
    "momentum": METHODS["momentum"],
}


def grid(method, task, outputs):
    """Return the settings that seed 0 tries for a method, each a dict of `eta` and `batch`."""
    etas = {"adam": task.etas, "momentum": tuple(eta * outputs for eta in MOMENTUM_ETAS)}.get(method, (None,))
    return [{"eta": eta, "batch": BATCHES.get(method)} for eta in etas]


def solver(method, eta, samples, weights):
    """Return the optimizer or the Refine of a method for so many samples and weights.

    Methods with products of curvature draw from many samples, and go on from where they were.
    """
    made = CONTENDERS[method].solver(eta)
    if method in ("hessian-free", "trust-ncg"):
        drawn = samples > SAMPLE
        return replace(made, sample=SAMPLE if drawn else None, max_iterations=AGAIN if drawn else None)
    if method == "least-squares" and weights <= FEW_WEIGHTS:
        return replace(made, options=made.options | {"tr_solver": "exact"})
    return made
