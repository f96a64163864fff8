import itertools
import tracemalloc

import numpy as np
import pytest
from looped import in_one_test
from scipy.optimize import OptimizeWarning, minimize, rosen

from npae.optimize import powell


def points(method, fun, x0, **options):
    """Return the result and all points at which the function was evaluated."""
    asked = []

    def remembering(x):
        asked.append(x.copy())
        return fun(x)

    return minimize(remembering, x0, method=method, options=options), np.array(asked)


def valley(x):
    return float(((x - 1) ** 4).sum() + 10 * ((x[1:] - x[:-1]) ** 2).sum())


def cliff(x):
    return np.inf if x[0] > 0 else rosen(x)


def rough(x):
    return float(np.abs(x).max() + np.sin(9 * x[0]))


@in_one_test(
    "options",
    [{"maxiter": 500}, {"maxiter": 3}, {"maxfev": 100}, {"xtol": 1e-2, "ftol": 1e-8, "maxfev": 3000}],
    ids=str,
)
@in_one_test("fun", [valley, cliff, rough], ids=lambda fun: fun.__name__)
@in_one_test("n", [1, 2, 7])
def test_every_point_is_that_of_scipy_bit_for_bit(fun, n, options):
    x0 = -np.abs(np.random.default_rng(n).normal(0, 2, n))
    with np.errstate(invalid="ignore"):  # beyond the cliff SciPy's parabolas are not numbers
        (ours, here), (scipys, there) = (points(method, fun, x0, **options) for method in (powell, "Powell"))
    np.testing.assert_array_equal(here, there)
    np.testing.assert_array_equal(ours.x, scipys.x)
    for name in ("fun", "nit", "nfev", "status", "success"):
        assert ours[name] == scipys[name]


def test_directions_are_exchanged_in_the_comparison_above():
    """Otherwise it would not test the harder half of the method."""
    x0 = -np.abs(np.random.default_rng(7).normal(0, 2, 7))
    assert (minimize(valley, x0, method="Powell", options={"maxiter": 500}).direc != np.eye(7)).any()


def test_memory_is_that_of_a_few_vectors():
    """An identity of 100,000 x 100,000 would be 80 GB."""
    x0 = np.ones(100_000)
    tracemalloc.start()
    result = minimize(lambda x: float(x[:9] @ x[:9]), x0, method=powell, options={"maxfev": 300})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.fun < 1e-9
    assert peak < 20 * x0.nbytes


def test_a_callback_sees_copies_and_can_stop_it():
    seen = []

    def callback(x):
        seen.append(x)
        if len(seen) == 2:
            raise StopIteration

    result = minimize(rosen, [-1.2, 1.0], method=powell, callback=callback)
    assert result.nit == len(seen) == 2
    assert (seen[0] != seen[1]).any()
    np.testing.assert_array_equal(seen[1], result.x)


def test_an_error_in_the_middle_of_a_search_is_not_swallowed():
    def broken(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        minimize(broken, [1.0, 2.0], method=powell)


def test_bounds_and_unknown_options_are_refused():
    with pytest.raises(ValueError, match="bounds and constraints must be left out for powell"):
        minimize(rosen, [1.0, 2.0], method=powell, bounds=[(0, 1), (0, 1)])
    with pytest.warns(OptimizeWarning, match="Unknown solver options: direc"):
        minimize(rosen, [1.0, 2.0], method=powell, options={"direc": np.eye(2)})


def test_by_default_there_are_a_thousand_evaluations_for_each_unknown():
    values = itertools.count(0, -1)
    result = minimize(lambda x: float(next(values)), [0.0], method=powell)  # it always falls
    assert (result.nfev, result.success) == (1000, False)
