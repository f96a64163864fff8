import time
import tracemalloc

import numpy as np
import pytest
import scipy.optimize
from looped import in_one_test
from scipy.optimize import rosen, rosen_der, rosen_hess_prod

from npae import Refine
from npae.optimize.method_traits import METHODS

AVAILABLE = [name for name in METHODS if name != "COBYQA" or hasattr(scipy.optimize._minimize, "_minimize_cobyqa")]


class Rosenbrock:
    """Counts evaluations, and those that returned the gradient."""

    def __init__(self):
        self.calls, self.gradients = 0, 0

    def value(self, x):
        assert x.dtype == np.float64
        self.calls += 1
        return float(rosen(x))

    def value_and_gradient(self, x):
        self.gradients += 1
        return self.value(x), rosen_der(x)


START = np.array([-1.2, 1.0, 0.8])


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("method", AVAILABLE)
def test_every_method_improves_and_gets_the_gradient_where_it_takes_one(method):
    function = Rosenbrock()
    x, record = Refine(method, max_iterations=300).improve(function, START)
    assert record["loss_after"] == rosen(x) < record["loss_before"] == rosen(START)
    assert (function.gradients > 0) == METHODS[method].gradient
    assert record["evaluations"] == function.calls
    assert record["method"] == method


@in_one_test("method", ["BFGS", "CG", "L-BFGS-B", "Newton-CG", "trust-krylov", "trust-exact", "trust-ncg"])
def test_gradient_methods_reach_the_minimum(method):
    x, record = Refine(method, max_iterations=500).improve(Rosenbrock(), START)
    np.testing.assert_allclose(x, 1, atol=1e-2)
    assert record["seconds"] > 0


@pytest.mark.parametrize("method", ["COBYLA", "COBYQA"])
def test_methods_that_count_evaluations_get_beyond_their_first_points(method):
    """Their first n + 1 or 2 n + 1 points are not iterations."""
    if method not in AVAILABLE:
        pytest.skip("SciPy is older than COBYQA")
    start = np.linspace(-1.2, 1, 30)
    _, record = Refine(method, max_iterations=20).improve(Rosenbrock(), start)
    assert record["evaluations"] >= METHODS[method].warm_up * 30 + 20
    assert record["loss_after"] < record["loss_before"]


def test_a_callable_is_not_mistaken_for_a_method_of_the_same_name():
    def own(fun, x0, args=(), jac=None, **options):
        return scipy.optimize.OptimizeResult(x=x0, fun=fun(x0), message=str(jac(x0).shape))

    own.__name__ = "Powell"
    assert Refine(own).improve(Rosenbrock(), START)[1]["stopped"] == "(3,)"


def test_method_names_may_have_any_case():
    assert Refine("l-bfgs-b").name == "L-BFGS-B"


def test_a_callable_method_is_accepted():
    def one_step(fun, x0, args=(), jac=None, **options):
        x = x0 - 1e-4 * jac(x0)
        return scipy.optimize.OptimizeResult(x=x, fun=fun(x), message="one step")

    _, record = Refine(one_step).improve(Rosenbrock(), START)
    assert record["method"] == "one_step"
    assert record["stopped"] == "one step"
    assert record["loss_after"] < record["loss_before"]


@in_one_test("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "Newton-CG"])
def test_iterations_are_limited_for_every_method(method):
    _, record = Refine(method, max_iterations=2).improve(Rosenbrock(), START)
    assert record["iterations"] == 2
    assert record["stopped"] == "max_iterations"


@in_one_test("method", ["CG", "Powell", "Nelder-Mead", "TNC"])
def test_evaluations_never_exceed_their_budget(method):
    function = Rosenbrock()
    _, record = Refine(method, max_evaluations=7).improve(function, START)
    assert function.calls == record["evaluations"] == 7
    assert record["stopped"] == "max_evaluations"


def test_a_budget_of_one_evaluation_returns_the_start():
    x, record = Refine("CG", max_evaluations=1).improve(Rosenbrock(), START)
    np.testing.assert_array_equal(x, START)
    assert record["loss_after"] == record["loss_before"]


def test_seconds_are_limited():
    class Slow(Rosenbrock):
        def value(self, x):
            time.sleep(0.005)
            return super().value(x)

    _, record = Refine("Powell", max_seconds=0.05, max_iterations=None).improve(Slow(), np.zeros(50))
    assert record["stopped"] == "max_seconds"
    assert record["seconds"] < 0.5


class Worsening:
    """Every point except the start is worse, and the gradient is wrong."""

    def value(self, x):
        return float(np.abs(x).sum())

    def value_and_gradient(self, x):
        return self.value(x), -np.sign(x) - 1.0


@in_one_test("method", ["CG", "BFGS", "Powell", "SLSQP", "TNC"])
def test_the_result_is_never_worse_than_the_start(method):
    start = np.zeros(3)
    x, record = Refine(method).improve(Worsening(), start)
    assert record["loss_after"] == Worsening().value(x) == 0


@in_one_test("method", ["CG", "BFGS", "L-BFGS-B", "Newton-CG", "Powell", "Nelder-Mead", "trust-constr"])
def test_a_cliff_without_values_does_not_win(method):
    class Cliff(Rosenbrock):
        def value(self, x):
            return np.nan if x[0] > 0 else super().value(x)

        def value_and_gradient(self, x):
            value = self.value(x)
            return value, np.full(x.size, np.nan) if np.isnan(value) else rosen_der(x)

    x, record = Refine(method, max_evaluations=300).improve(Cliff(), START)
    assert x[0] <= 0
    assert np.isfinite(x).all()
    assert record["loss_after"] <= record["loss_before"]


def test_an_interrupt_keeps_the_best_point():
    class Interrupted(Rosenbrock):
        def value(self, x):
            if self.calls == 5:
                raise KeyboardInterrupt
            return super().value(x)

    _, record = Refine("CG").improve(Interrupted(), START)
    assert record["stopped"] == "interrupted"
    assert record["loss_after"] < record["loss_before"]


def test_dense_methods_are_refused_if_their_matrices_do_not_fit():
    with pytest.raises(MemoryError, match=r"got 'SLSQP', whose dense 100,000 x 100,000 matrices need about 240 GB"):
        Refine("SLSQP").check_memory(100_000)
    Refine("BFGS").check_memory(10**9)
    Refine("CG").check_memory(10**9)
    Refine("SLSQP", max_memory=1e12).check_memory(100_000)


def test_bfgs_keeps_within_the_memory_it_is_given(monkeypatch):
    """There is room for two steps: it forgets them again and again, but still finds the minimum."""
    monkeypatch.setattr("npae.optimize.inverse_hessian.SMALL", 0)
    x, record = Refine("BFGS", max_memory=2 * 24 * 3, max_iterations=100).improve(Rosenbrock(), START)
    assert record["iterations"] > 30
    np.testing.assert_allclose(x, 1, atol=1e-4)


def test_powell_needs_no_matrix():
    tracemalloc.start()
    Refine("Powell", max_evaluations=50).improve(Rosenbrock(), np.ones(20_000) / 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 8 * 20_000


def test_cobyla_may_have_more_unknowns_than_its_own_limit_of_evaluations():
    """SciPy warns if its limit of 1,000 evaluations is below n + 2; warnings are errors here."""
    _, record = Refine("COBYLA", max_evaluations=5).improve(Rosenbrock(), np.zeros(1200))
    assert record["stopped"] == "max_evaluations"


@in_one_test(
    ("fields", "message"),
    [
        ({"method": "SGD"}, "method must be one of 'BFGS', 'CG'"),
        ({"method": 3}, "method must be one of"),
        ({"every": 0}, "every must be an integer"),
        ({"max_iterations": -1}, "max_iterations must be an integer"),
        ({"max_evaluations": 0}, "max_evaluations must be an integer"),
        ({"max_seconds": 0}, "max_seconds must be a number"),
        ({"options": "maxcor"}, "options must be a dict"),
        ({"max_memory": None}, "max_memory must be a number"),
    ],
)
def test_bad_fields_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Refine(**fields)


class Curved(Rosenbrock):
    """Has exact Hessian products too, and counts them."""

    products = 0

    def hessian_product(self, x, v):
        self.products += 1
        return rosen_hess_prod(x, v)

    def indices(self, names):
        """Return the positions that the only name stands for."""
        return np.array([0, 2])


CURVED = ["Newton-CG", "trust-ncg", "trust-krylov", "trust-exact"]


@in_one_test("method", CURVED)
def test_an_exact_product_replaces_two_gradients(method):
    function = Curved()
    x, record = Refine(method, max_iterations=500).improve(function, START)
    np.testing.assert_allclose(x, 1, atol=1e-2)
    assert function.products >= record["iterations"]
    assert function.calls + function.products == record["evaluations"]
    assert function.gradients <= 1 + 2 * record["iterations"]


@pytest.mark.parametrize("fields", [{"layers": ["ends"]}, {"block_size": 2}], ids=str)
def test_blocks_get_exact_products_of_their_coordinates(fields):
    """The path is that of differences, but no gradient is evaluated for the Hessian."""
    results = []
    for function in (Curved(), Rosenbrock()):
        function.indices = Curved().indices
        x, record = Refine("trust-exact", max_iterations=3, **fields).improve(function, START, np.random.default_rng(0))
        results.append(x)
        if isinstance(function, Curved):
            assert function.calls + function.products == record["evaluations"]
            assert function.products > 0
    np.testing.assert_allclose(results[0], results[1], rtol=1e-4)


def test_products_count_as_evaluations():
    function = Curved()
    _, record = Refine("trust-exact", max_evaluations=7).improve(function, START)
    assert function.calls + function.products == record["evaluations"] == 7
    assert record["stopped"] == "max_evaluations"


def test_an_objective_may_say_that_it_has_no_product():
    function = Rosenbrock()
    function.hessian_product = None
    _, record = Refine("Newton-CG").improve(function, START)
    assert record["evaluations"] == function.calls
    assert record["loss_after"] < record["loss_before"]
