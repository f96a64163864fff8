import io
import tracemalloc
import warnings
from contextlib import redirect_stdout

import numpy as np
import pytest
import scipy
import scipy.optimize
from functions import beale, chained_rosenbrock, powell_singular, quadratic, rosenbrock, wood
from looped import in_one_test
from scipy.optimize import OptimizeWarning, minimize
from scipy.sparse.linalg import LinearOperator

import npae
from npae import Dense, Gaussian, Network
from npae.optimize import inverse_hessian

bfgs = npae.optimize.bfgs
OLD_SCIPY = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 12)
as_scipy_since_1_12 = pytest.mark.skipif(OLD_SCIPY, reason="SciPy 1.11 has another rule for a search's second stage")
START = np.array([-1.2, 1.0])
CASES = {
    "Rosenbrock": (rosenbrock, START),
    "Rosenbrock in 10-D": (rosenbrock, np.tile(START, 5)),
    "Powell singular": (powell_singular, np.array([3.0, -1.0, 0.0, 1.0])),
    "Wood": (wood, np.array([-3.0, -1.0, -3.0, -1.0])),
    "Beale": (beale, np.array([1.0, 1.0])),
    "quadratic, condition 1e2": (quadratic(20, 1e2), np.ones(20)),
    "quadratic, condition 1e6": (quadratic(20, 1e6), np.ones(20)),
}


@pytest.fixture(params=["as a matrix", "as pairs"])
def form(request, monkeypatch):
    """Run a test with each form of the inverse Hessian, for any number of unknowns."""
    if request.param == "as pairs":
        monkeypatch.setattr(inverse_hessian, "MATRIX_WORTH", 1e9)
        monkeypatch.setattr(inverse_hessian, "SMALL", 0)
    return request.param


def letter_network():
    letters = npae.datasets.load_font("capitals").pixels
    encoder, decoder = [Dense(5, "tanh"), Dense(2, "tanh")], [Dense(5, "tanh"), Dense(35)]
    network = Network(encoder, decoder, "bce", in_shape=(35,), init=Gaussian(std=0.3))
    return lambda theta: network.value_and_gradient(theta, letters), network.init(np.random.default_rng(0))


def both(f, x0, **options):
    ours = minimize(f, x0, jac=True, method=bfgs, options={"return_all": True, **options})
    return ours, minimize(f, x0, jac=True, method="BFGS", options={"return_all": True, **options})


@in_one_test(("f", "x0"), CASES.values(), ids=CASES)
def test_the_iterates_are_those_of_scipy(f, x0, form):
    """For 20 iterations: after that, rounding grows along the valleys of these functions, for SciPy as well."""
    ours, theirs = both(f, x0, maxiter=20)
    assert (ours.nit, ours.nfev, ours.njev, ours.status) == (theirs.nit, theirs.nfev, theirs.njev, theirs.status)
    np.testing.assert_allclose(ours.allvecs, theirs.allvecs, rtol=1e-6, atol=1e-6)


@in_one_test(("f", "x0"), CASES.values(), ids=CASES)
def test_the_minimum_is_found(f, x0, form):
    ours, theirs = both(f, x0)
    assert ours.success
    assert ours.nfev <= 1.2 * theirs.nfev
    assert np.abs(ours.jac).max() <= 1e-5
    np.testing.assert_allclose(ours.fun, theirs.fun, atol=1e-7)


def test_the_iterates_on_a_network_are_those_of_scipy():
    ours, theirs = both(*letter_network(), maxiter=40)
    np.testing.assert_allclose(ours.allvecs, theirs.allvecs, rtol=0, atol=1e-9)
    assert isinstance(ours.hess_inv, LinearOperator)
    np.testing.assert_allclose(ours.hess_inv.todense(), theirs.hess_inv, atol=1e-8 * np.abs(theirs.hess_inv).max())


@pytest.mark.parametrize("seed", range(3))
def test_the_iterates_do_not_depend_on_when_pairs_become_a_matrix(seed, monkeypatch):
    f, x0 = chained_rosenbrock(30)
    x0 = x0 + 0.1 * np.random.default_rng(seed).standard_normal(30)
    monkeypatch.setattr(inverse_hessian, "SMALL", 0)
    paths = []
    for share in (0, 0.2, 0.5, 1e9):
        monkeypatch.setattr(inverse_hessian, "MATRIX_WORTH", share)
        paths.append(minimize(f, x0, jac=True, method=bfgs, options={"maxiter": 25, "return_all": True}))
    assert [isinstance(path.hess_inv, np.ndarray) for path in paths] == [True, True, True, False]
    for path in paths[1:]:
        np.testing.assert_allclose(path.allvecs, paths[0].allvecs, rtol=1e-8, atol=1e-8)


def test_the_result_is_symmetric_and_close_to_scipys(form):
    ours, theirs = both(powell_singular, CASES["Powell singular"][1], maxiter=15)
    H = ours.hess_inv if form == "as a matrix" else ours.hess_inv.todense()
    np.testing.assert_array_equal(H, H.T) if form == "as a matrix" else None
    np.testing.assert_allclose(H, theirs.hess_inv, rtol=1e-6, atol=1e-8 * np.abs(H).max())


@in_one_test("scale", [1e-50, 1.0, 1e50])
def test_the_first_step_has_length_one_whatever_the_scale(scale):
    """SciPy's test_initial_step_scaling."""
    steps = []

    def f(x):
        steps.append(abs(x[0] + 1))
        assert abs(x[0]) < 1e4
        return scale * (x[0] - 1) ** 2, np.array([2 * scale * (x[0] - 1)])

    result = minimize(f, [-1.0], jac=True, method=bfgs, options={"gtol": scale * 1e-8})
    assert result.success
    np.testing.assert_allclose(result.x, 1)
    assert result.nit <= 3
    if scale > 1e-10:
        np.testing.assert_allclose(next(step for step in steps if step), 1.01)


@in_one_test("norm", [1, 2, np.inf])
def test_it_stops_when_the_norm_of_the_gradient_is_small(norm):
    result = minimize(rosenbrock, START, jac=True, method=bfgs, options={"gtol": 1e-3, "norm": norm})
    assert np.linalg.norm(result.jac, norm) <= 1e-3
    assert result.nit == minimize(rosenbrock, START, jac=True, method="BFGS", options={"gtol": 1e-3, "norm": norm}).nit


def test_tol_is_used_as_gtol():
    loose, strict = (minimize(rosenbrock, START, jac=True, method=bfgs, tol=tol) for tol in (1e-1, 1e-8))
    assert np.abs(loose.jac).max() <= 1e-1
    assert np.abs(strict.jac).max() <= 1e-8
    assert loose.nit < strict.nit


def test_it_stops_after_a_short_step():
    ours, theirs = both(rosenbrock, START, xrtol=1e-2)
    assert ours.nit == theirs.nit < both(rosenbrock, START)[0].nit
    assert ours.success


@as_scipy_since_1_12
@pytest.mark.parametrize("constants", [{"c1": 1e-3, "c2": 0.4}, {"c1": 0.1, "c2": 0.2}])
def test_the_line_search_has_the_constants_of_scipys(constants):
    ours, theirs = both(wood, CASES["Wood"][1], maxiter=15, **constants)
    assert ours.nfev == theirs.nfev
    np.testing.assert_allclose(ours.allvecs, theirs.allvecs, rtol=1e-6, atol=1e-6)


def test_iterations_are_limited():
    result = minimize(rosenbrock, START, jac=True, method=bfgs, options={"maxiter": 3})
    assert (result.nit, result.status, result.success) == (3, 1, False)
    assert result.message == "Maximum number of iterations has been exceeded."


def test_a_start_at_the_minimum_is_the_result():
    result = minimize(rosenbrock, [1.0, 1.0], jac=True, method=bfgs)
    assert (result.nit, result.nfev, result.success) == (0, 1, True)


def test_all_iterates_are_returned_on_request():
    result = minimize(rosenbrock, START, jac=True, method=bfgs, options={"return_all": True})
    assert len(result.allvecs) == result.nit + 1
    np.testing.assert_array_equal(result.allvecs[0], START)
    np.testing.assert_array_equal(result.allvecs[-1], result.x)
    assert "allvecs" not in minimize(rosenbrock, START, jac=True, method=bfgs)


def test_the_result_is_printed_on_request():
    out = io.StringIO()
    with redirect_stdout(out):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"disp": True})
    assert "terminated successfully" in out.getvalue()
    assert "Iterations: 32" in out.getvalue()
    with redirect_stdout(io.StringIO()), pytest.warns(RuntimeWarning, match="Maximum number of iterations"):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"disp": True, "maxiter": 2})


@pytest.mark.skipif(OLD_SCIPY, reason="SciPy 1.11 knows no hess_inv0")
@pytest.mark.parametrize("hess_inv0", [np.eye(2), np.array([[2.0, 0.5], [0.5, 1.0]])])
def test_it_starts_from_a_given_inverse_hessian(hess_inv0):
    given = hess_inv0.copy()
    ours, theirs = both(rosenbrock, START, maxiter=12, hess_inv0=hess_inv0)
    np.testing.assert_allclose(ours.allvecs, theirs.allvecs, rtol=1e-7)
    np.testing.assert_array_equal(hess_inv0, given)


def test_a_restart_with_the_inverse_hessian_of_a_result_takes_the_same_direction(form):
    f, x0 = chained_rosenbrock(12)
    whole = minimize(f, x0, jac=True, method=bfgs, options={"maxiter": 7, "return_all": True})
    half = minimize(f, x0, jac=True, method=bfgs, options={"maxiter": 6})
    before = half.hess_inv @ np.ones(12)
    rest = minimize(f, half.x, jac=True, method=bfgs, options={"maxiter": 1, "hess_inv0": half.hess_inv})
    steps = [rest.x - half.x, whole.allvecs[7] - whole.allvecs[6]]
    np.testing.assert_allclose(*(step / np.linalg.norm(step) for step in steps), atol=1e-9)
    np.testing.assert_array_equal(half.hess_inv @ np.ones(12), before)


def test_the_first_inverse_hessian_may_be_any_linear_operator():
    operator = scipy.sparse.linalg.aslinearoperator(np.diag([2.0, 3.0]))
    a = minimize(rosenbrock, START, jac=True, method=bfgs, options={"hess_inv0": operator, "maxiter": 5})
    b = minimize(rosenbrock, START, jac=True, method=bfgs, options={"hess_inv0": np.diag([2.0, 3.0]), "maxiter": 5})
    np.testing.assert_array_equal(a.x, b.x)


@in_one_test(
    ("hess_inv0", "message"),
    [
        (np.eye(3), r"hess_inv0 must have shape \(2, 2\), got \(3, 3\)"),
        ([[1, 2], [0, 1]], "hess_inv0 must be symmetric"),
        ([[1, 2], [2, 1]], "hess_inv0 must be positive definite"),
    ],
)
def test_an_invalid_first_inverse_hessian_is_refused(hess_inv0, message):
    with pytest.raises(ValueError, match=message):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"hess_inv0": hess_inv0})


def test_the_minimum_is_found_within_bounded_memory():
    """There is room for 5 pairs: H starts again every 5 steps."""
    n = 160
    f, x0 = quadratic(n, 1e3), np.ones(n)
    result = minimize(f, x0, jac=True, method=bfgs, options={"max_memory": 5 * 24 * n})
    assert result.success
    assert result.hess_inv.pairs.count <= 5
    assert result.hess_inv.pairs._rows.nbytes <= 8 * 16 * n
    assert result.hess_inv.pairs.scale != 1
    assert result.nit > minimize(f, x0, jac=True, method=bfgs).nit


def test_memory_for_less_than_one_pair_is_refused():
    with pytest.raises(ValueError, match="max_memory must be at least 48 bytes for 2 unknowns, got 47"):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"max_memory": 47})


def test_a_callback_of_either_form_sees_every_iterate():
    named, plain = [], []

    def by_name(intermediate_result):
        named.append(intermediate_result)

    result = minimize(rosenbrock, START, jac=True, method=bfgs, callback=by_name)
    minimize(rosenbrock, START, jac=True, method=bfgs, callback=lambda x: plain.append(x))
    assert len(named) == len(plain) == result.nit
    np.testing.assert_array_equal([r.x for r in named], plain)
    assert [r.fun for r in named] == [rosenbrock(x)[0] for x in plain]


def test_a_callback_can_stop_it():
    seen = []

    def third(x):
        seen.append(x)
        if len(seen) == 3:
            raise StopIteration

    result = minimize(rosenbrock, START, jac=True, method=bfgs, callback=third)
    assert (result.nit, result.status, result.success) == (3, 99, False)
    assert "StopIteration" in result.message
    np.testing.assert_array_equal(result.x, seen[-1])


def test_a_callback_that_overwrites_x_changes_nothing():
    def overwrite(x):
        x.fill(7)

    overwritten = minimize(rosenbrock, START, jac=True, method=bfgs, callback=overwrite)
    np.testing.assert_array_equal(overwritten.x, minimize(rosenbrock, START, jac=True, method=bfgs).x)


def test_a_separate_gradient_and_arguments_are_passed_on():
    def f(x, centre, power):
        return np.sum((x - centre) ** power)

    def df(x, centre, power):
        return power * (x - centre) ** (power - 1)

    result = minimize(f, [3.0, 4.0], args=(1.0, 2), jac=df, method=bfgs)
    np.testing.assert_allclose(result.x, 1, atol=1e-6)


def test_an_objective_may_overwrite_its_argument():
    def overwriting(x):
        value, gradient = rosenbrock(x)
        x.fill(np.nan)
        return value, gradient

    x0 = START.copy()
    overwritten = minimize(overwriting, x0, jac=True, method=bfgs)
    np.testing.assert_array_equal(overwritten.x, minimize(rosenbrock, START, jac=True, method=bfgs).x)
    np.testing.assert_array_equal(x0, START)


def test_an_objective_may_reuse_its_gradient_array():
    memory = np.empty(2)

    def reusing(x):
        value, memory[...] = rosenbrock(x)
        return value, memory

    reused = minimize(reusing, START, jac=True, method=bfgs)
    np.testing.assert_array_equal(reused.x, minimize(rosenbrock, START, jac=True, method=bfgs).x)


@pytest.mark.parametrize("cliff", [np.nan, np.inf])
def test_a_line_search_steps_back_from_a_cliff(cliff):
    """A minimum near x = 1, and no values beyond x = 1.5, where long steps end."""
    seen = []

    def f(x):
        seen.append(x[0])
        if x[0] > 1.5:
            return cliff, np.full(1, np.nan)
        return (x[0] - 1) ** 4 - 0.1 * x[0], np.array([4 * (x[0] - 1) ** 3 - 0.1])

    result = minimize(f, [-3.0], jac=True, method=bfgs, options={"gtol": 1e-6})
    assert max(seen) > 1.5
    np.testing.assert_allclose(result.x, 1 + 0.025 ** (1 / 3), atol=1e-4)
    assert np.isfinite(result.fun)


@pytest.mark.parametrize("start", [np.nan, np.inf])
def test_a_start_that_is_not_finite_ends_at_once(start):
    result = minimize(lambda x: (start, np.full(2, start)), START, jac=True, method=bfgs)
    assert result.nit == 0
    assert not result.success
    np.testing.assert_array_equal(result.x, START)


def test_a_gradient_that_lies_ends_with_the_best_it_can():
    result = minimize(lambda x: (np.sum(x**2), -2 * x), START, jac=True, method=bfgs)
    assert (result.nit, result.status) == (0, 2)
    assert "precision loss" in result.message


def test_a_step_without_curvature_does_not_change_the_inverse_hessian():
    """Along |x| the gradient does not change until the kink: y = 0."""
    result = minimize(lambda x: (np.abs(x).sum(), np.sign(x)), [30.0, 17.0], jac=True, method=bfgs)
    assert np.isfinite(result.x).all()
    assert result.fun < 47


@in_one_test(
    ("fun", "jac", "message"),
    [
        (lambda x: x.sum(), None, "jac must be True or a function for bfgs, got None. Let fun return"),
        (lambda x: (0.0, np.zeros(3)), True, r"jac must return a gradient of shape \(2,\), got shape \(3,\)"),
        (lambda x: (0.0, 1.0), True, r"jac must return a gradient of shape \(2,\), got shape \(\)"),
        (lambda x: (x, x), True, r"fun must return a number, got an array of shape \(2,\)"),
    ],
)
def test_invalid_functions_are_refused(fun, jac, message):
    with pytest.raises(ValueError, match=message):
        minimize(fun, START, jac=jac, method=bfgs)


def test_invalid_options_are_refused():
    with pytest.raises(ValueError, match="c1 and c2 must satisfy 0 < c1 < c2 < 1, got 0.9 and 0.1"):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"c1": 0.9, "c2": 0.1})
    with pytest.raises(ValueError, match="bounds and constraints must be left out for bfgs"):
        minimize(rosenbrock, START, jac=True, method=bfgs, bounds=[(0, 1), (0, 1)])
    with pytest.warns(OptimizeWarning, match="Unknown solver options: speed"):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"speed": 9})


def test_smooth_functions_give_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f, x0 in CASES.values():
            minimize(f, x0, jac=True, method=bfgs)


@pytest.mark.parametrize("low", [2, 6, 10])
def test_steep_functions_converge_as_scipys_do(low, form):
    """Where H is 1e-14 in places and 1 in others, a difference of two products with H would lose it."""
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((50, 50)))
    A = Q * np.geomspace(10.0**low, 10.0 ** (low + 4), 50) @ Q.T
    ours, theirs = both(lambda x: (x @ A @ x / 2, A @ x), np.ones(50), gtol=10.0 ** (low - 8), maxiter=400)
    assert ours.success
    assert ours.nit <= theirs.nit + 5


def test_a_function_without_values_beyond_a_line_gives_the_last_finite_point():
    """Near x = 0.5, neither line search finds a step."""

    def f(x):
        return (np.nan if x[0] > 0.5 else rosenbrock(x)[0]), rosenbrock(x)[1]

    result = minimize(f, START, jac=True, method=bfgs)
    assert np.isfinite(result.fun)
    assert result.fun < rosenbrock(START)[0]
    assert result.x[0] <= 0.5
    assert not result.success


def test_memory_stays_within_its_bound():
    n, budget = 600, 3.2e6  # room for 222 pairs and not for the matrix, which would be worth it from 167 pairs on
    d = np.arange(1.0, n + 1)
    tracemalloc.start()
    try:
        options = {"gtol": 0, "maxiter": 300, "max_memory": budget}
        minimize(lambda x: (float(x * x @ d), 2 * x * d), np.ones(n), jac=True, method=bfgs, options=options)
        assert tracemalloc.get_traced_memory()[1] < budget + 60 * 8 * n
    finally:
        tracemalloc.stop()


@in_one_test(
    ("x0", "options", "message"),
    [
        ([], {}, "x0 must be real numbers, at least one"),
        ([1j, 2], {}, "x0 must be real numbers"),
        (START, {"max_memory": np.inf}, "max_memory must be a number"),
        (START, {"max_memory": "1GB"}, "max_memory must be a number"),
        (START, {"hess_inv0": np.diag([np.nan, 1])}, "hess_inv0 must be finite"),
    ],
)
def test_invalid_input_gives_a_clear_error(x0, options, message):
    with pytest.raises(ValueError, match=message):
        minimize(rosenbrock, x0, jac=True, method=bfgs, options=options)


def test_an_inverse_hessian_of_another_size_is_refused():
    f, x0 = chained_rosenbrock(300)
    other = minimize(f, x0, jac=True, method=bfgs, options={"maxiter": 3}).hess_inv
    with pytest.raises(ValueError, match=r"hess_inv0 must have shape \(2, 2\), got \(300, 300\)"):
        minimize(rosenbrock, START, jac=True, method=bfgs, options={"hess_inv0": other})


def test_a_gradient_of_one_unknown_may_be_a_scalar():
    result = minimize(lambda x: ((x[0] - 1) ** 2, 2 * (x[0] - 1)), [0.0], jac=True, method=bfgs)
    np.testing.assert_allclose(result.x, 1)


def test_gtol_overrides_tol():
    loose = minimize(rosenbrock, START, jac=True, method=bfgs, tol=1e-8, options={"gtol": 1e-1})
    assert loose.nit < minimize(rosenbrock, START, jac=True, method=bfgs, tol=1e-8).nit


def test_by_default_there_are_two_hundred_iterations_for_each_unknown():
    result = minimize(lambda x: -np.log(x[0]), [1.0], jac=lambda x: -1 / x, method=bfgs, options={"gtol": 0.0})
    assert (result.nit, result.success) == (200, False)
