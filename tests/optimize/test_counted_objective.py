import math

import numpy as np
import pytest
from looped import in_one_test
from scipy.optimize import rosen, rosen_der, rosen_hess

from npae.optimize.best_point import BestPoint
from npae.optimize.budget import Budget
from npae.optimize.counted_objective import ScipyObjective
from npae.optimize.time_left import Estimate

X = np.array([-1.2, 1.0, 0.8])


class Rosenbrock:
    def value(self, x):
        return float(rosen(x))

    def value_and_gradient(self, x):
        return self.value(x), rosen_der(x)


class Exact(Rosenbrock):
    def hessian_product(self, x, v):
        return rosen_hess(x) @ v


class Constant:
    """A function with the same value everywhere."""

    def __init__(self, value):
        self.value = lambda x: value
        self.value_and_gradient = lambda x: (value, np.full(x.size, np.nan))


def seen_by_scipy(objective):
    """Return an objective as SciPy sees it, its budget and its best point."""
    budget, best = Budget(None, None, None), BestPoint(X, 100.0)
    budget.begin_block(0)
    estimate = Estimate("CG", budget, 1, None)
    estimate.begin_block(0)
    return ScipyObjective(objective, budget, best, estimate), budget, best


@pytest.mark.parametrize(("objective", "evaluations"), [(Exact(), 3), (Rosenbrock(), 6)], ids=["exact", "differences"])
def test_the_hessian_is_right_and_each_product_is_counted(objective, evaluations):
    counted, budget, _ = seen_by_scipy(objective)
    np.testing.assert_allclose(counted.hess(X), rosen_hess(X), rtol=1e-7, atol=1e-5)
    assert budget.evaluations == 1 + evaluations


def test_the_product_with_a_zero_vector_is_zero_without_an_evaluation():
    counted, budget, _ = seen_by_scipy(Rosenbrock())
    np.testing.assert_array_equal(counted.hessp(X, np.zeros(3)), 0)
    assert budget.evaluations == 1


def test_the_best_point_is_kept():
    counted, _, best = seen_by_scipy(Rosenbrock())
    for x in (X, np.ones(3), 2 * X):
        counted.value(x)
    np.testing.assert_array_equal(best.x, 1)
    assert best.loss == 0


@in_one_test("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_infinite_without_a_slope_and_never_the_best(value):
    counted, _, best = seen_by_scipy(Constant(value))
    assert counted.value(X) == math.inf
    value, gradient = counted.value_and_gradient(X)
    assert value == math.inf
    np.testing.assert_array_equal(gradient, 0)
    assert best.loss == 100.0
