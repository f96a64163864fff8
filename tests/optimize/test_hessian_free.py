"""Hessian-free optimisation, and its conjugate gradients."""

import itertools

import numpy as np
import pytest
from looped import in_one_test
from scipy.optimize import OptimizeWarning, minimize, rosen, rosen_der

from npae.optimize import hessian_free
from npae.optimize.truncated_cg import truncated_cg

START = np.array([-1.2, 1.0, 0.8])


def gauss_newton(x, v):
    """Return B v of Rosenbrock's function, whose residuals are 10 (x[i + 1] - x[i]^2) and 1 - x[i]."""
    n = len(x)
    J = np.zeros((2 * n - 2, n))
    for i in range(n - 1):
        J[i, i], J[i, i + 1], J[n - 1 + i, i] = -20 * x[i], 10, -1
    return 2 * J.T @ (J @ v)


def solve(x0=START, fun=rosen, jac=rosen_der, hessp=gauss_newton, **options):
    keywords = {name: options.pop(name) for name in ("callback", "args", "bounds", "tol") if name in options}
    return minimize(fun, x0, jac=jac, hessp=hessp, method=hessian_free, options=options, **keywords)


@pytest.fixture
def system():
    """A positive definite matrix, and a right-hand side."""
    rng = np.random.default_rng(0)
    root = rng.standard_normal((30, 30))
    return root @ root.T + 0.1 * np.eye(30), rng.standard_normal(30)


def quadratic(A, b, x):
    return 0.5 * x @ A @ x - b @ x


@pytest.mark.parametrize("scale", [None, np.linspace(0.5, 20, 30)], ids=["plain", "preconditioned"])
@pytest.mark.parametrize("start", [np.zeros(30), np.full(30, 0.01)], ids=["from 0", "from near"])
def test_conjugate_gradients_solve_the_system(system, start, scale):
    A, b = system
    found = truncated_cg(lambda v: A @ v, b, start, scale, 1e-15, 500)
    np.testing.assert_allclose(found[-1][0], np.linalg.solve(A, b), rtol=1e-5, atol=1e-5)


def test_iterates_that_are_kept_have_the_values_of_the_quadratic_which_fall(system):
    A, b = system
    found = truncated_cg(lambda v: A @ v, b, np.zeros(30), None, 5e-4, 500)
    np.testing.assert_allclose([value for _, value in found], [quadratic(A, b, x) for x, _ in found], rtol=1e-10)
    assert all(later < earlier for (_, earlier), (_, later) in itertools.pairwise(found))


def test_they_stop_where_the_quadratic_hardly_falls(system):
    """The rule of the paper, checked on the values of a run that did not stop."""
    A, b = system
    ends = (truncated_cg(lambda v: A @ v, b, np.zeros(30), None, 1e-300, steps)[-1][1] for steps in range(1, 61))
    values = [0.0, *ends]

    def stops(i):
        k = max(10, int(np.ceil(0.1 * i)))
        return i > k and values[i] < 0 and (values[i] - values[i - k]) / values[i] < k * 0.005

    expected = next(i for i in range(61) if stops(i))
    products = []
    truncated_cg(lambda v: products.append(1) or A @ v, b, np.zeros(30), None, 0.005, 500)
    assert len(products) == expected < 60


def test_a_start_that_is_worse_than_nothing_is_left(system):
    A, b = system
    found = truncated_cg(lambda v: A @ v, b, np.full(30, 1e3), None, 5e-4, 1)
    np.testing.assert_array_equal(found[0][0], truncated_cg(lambda v: A @ v, b, np.zeros(30), None, 5e-4, 1)[0][0])


def test_it_reaches_the_minimum():
    result = solve()
    np.testing.assert_allclose(result.x, 1, atol=1e-4)
    assert result.success and result.status == 0
    assert result.fun == rosen(result.x)
    np.testing.assert_array_equal(result.jac, rosen_der(result.x))


def test_a_quadratic_takes_few_iterations_and_lambda_falls():
    A = np.diag([1.0, 10.0, 100.0])
    result = solve(fun=lambda x: 0.5 * x @ A @ x, jac=lambda x: A @ x, hessp=lambda x, v: A @ v, damping=1.0, gtol=1e-6)
    assert result.success and result.nit < 40
    np.testing.assert_allclose(result.damping, (2 / 3) ** result.nit)


def test_lambda_grows_where_the_model_promises_too_much():
    """B is a thousandth of the curvature: steps are far too long until lambda has grown."""
    result = solve(fun=lambda x: 0.5 * x @ x, jac=lambda x: x, hessp=lambda x, v: 1e-3 * v, damping=1e-2, maxiter=5)
    np.testing.assert_allclose(result.damping, 1e-2 * 1.5**5)


def test_a_preconditioner_is_asked_for_once_an_iteration_and_leads_to_the_same_minimum():
    asked = []

    def diagonal(x, draws, seed):
        asked.append((draws, seed))
        return np.diag([gauss_newton(x, e) for e in np.eye(3)]) * (1 + 0.5 * np.sin(seed + np.arange(3)))

    result = solve(diagonal=diagonal, draws=4)
    np.testing.assert_allclose(result.x, 1, atol=1e-4)
    assert asked == [(4, i) for i in range(result.nit)]


@in_one_test("value", [-1.0, np.nan, np.inf])
def test_a_preconditioner_that_is_no_diagonal_does_no_harm(value):
    result = solve(diagonal=lambda x, draws, seed: np.full(3, value))
    np.testing.assert_allclose(result.x, 1, atol=1e-3)


def test_values_never_grow_and_are_those_of_the_callback():
    values, points = [], []

    def callback(intermediate_result):
        values.append(intermediate_result.fun)

    result = solve(callback=callback, maxiter=12)
    assert len(values) == result.nit == 12
    assert values == sorted(values, reverse=True) and values[-1] == result.fun
    solve(callback=points.append, maxiter=12)
    np.testing.assert_array_equal(points[-1], result.x)


def test_iterates_are_kept_on_request():
    result = solve(return_all=True, maxiter=3)
    assert len(result.allvecs) == 4
    np.testing.assert_array_equal(result.allvecs[0], START)


def test_it_counts_what_it_asks_for():
    counts = dict.fromkeys(("fun", "jac", "hessp"), 0)

    def counted(name, function):
        def call(*arguments):
            counts[name] += 1
            return function(*arguments)

        return call

    result = solve(
        fun=counted("fun", rosen), jac=counted("jac", rosen_der), hessp=counted("hessp", gauss_newton), maxiter=6
    )
    assert counts == {"fun": result.nfev, "jac": result.njev, "hessp": result.nhev}


def test_it_repeats_itself_to_the_bit():
    np.testing.assert_array_equal(solve(maxiter=9).x, solve(maxiter=9).x)


def test_a_callback_may_stop_it():
    def stop(x):
        raise StopIteration

    result = solve(callback=stop)
    assert (result.nit, result.status, result.success) == (1, 99, False)


def test_arguments_are_passed_on():
    result = solve(
        np.zeros(2), lambda x, a: (x - a) @ (x - a), lambda x, a: 2 * (x - a), lambda x, v, a: 2 * v, args=(3.0,)
    )
    np.testing.assert_allclose(result.x, 3, rtol=1e-3)


def test_a_minimum_is_left_alone():
    result = solve(np.ones(3))
    assert (result.nit, result.nhev, result.success) == (0, 0, True)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_start_without_a_value_is_where_it_ends(value):
    result = solve(fun=lambda x: value)
    assert (result.nit, result.status, result.message) == (0, 3, "NaN result encountered.")


def test_values_that_are_no_number_on_the_way_are_avoided():
    result = solve(fun=lambda x: np.nan if np.abs(x).max() > 1.3 else rosen(x), maxiter=500)
    np.testing.assert_allclose(result.x, 1, atol=1e-3)


def test_a_gradient_that_leads_nowhere_ends_with_precision_loss():
    result = solve(jac=lambda x: -rosen_der(x))
    assert (result.status, result.nit) == (2, 20)
    np.testing.assert_array_equal(result.x, START)


@pytest.mark.parametrize("product", [lambda x, v: 0 * v, lambda x, v: np.nan * v], ids=["zero", "not a number"])
def test_a_matrix_without_curvature_does_not_raise(product):
    assert solve(hessp=product, maxiter=3).fun <= rosen(START)


@in_one_test(
    ("options", "message"),
    [
        ({"jac": None}, r"jac must be a function for hessian_free, got None. Pass jac=grad"),
        ({"hessp": None}, r"hessp must be a function for hessian_free, got None. Pass jac=grad and hessp=product"),
        ({"damping": 0.0}, r"damping must be .*, got 0.0"),
        ({"draws": 0}, r"draws must be .*, got 0"),
        ({"diagonal": 3}, r"diagonal must be None or a function \(x, draws, seed\), got 3. It estimates"),
        ({"diagonal": lambda *_: 1.0}, r"diagonal must return a vector of shape \(3,\), got shape \(\)"),
        ({"decay": 1.5}, r"decay must be .*, got 1.5"),
        ({"cg_tolerance": 0}, r"cg_tolerance must be .*, got 0"),
        ({"cg_maxiter": 0}, r"cg_maxiter must be .*, got 0"),
        ({"bounds": [(0, 1)] * 3}, r"bounds and constraints must be left out for hessian_free, got some"),
        ({"jac": lambda x: x[:1]}, r"jac must return a vector of shape \(3,\), got shape \(1,\)"),
        ({"hessp": lambda x, v: v[:1]}, r"hessp must return a vector of shape \(3,\), got shape \(1,\)"),
        ({"fun": lambda x: x}, r"fun must return a number, got an array of shape \(3,\)"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        solve(**options)


def test_unknown_options_give_a_warning():
    with pytest.warns(OptimizeWarning, match="Unknown solver options: speed"):
        solve(speed=3, maxiter=1)
