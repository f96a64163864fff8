"""The curve of a refinement holds each point that a method has accepted, and costs no evaluation."""

import inspect
import json

import numpy as np
import pytest
from looped import in_one_test
from scipy.optimize import OptimizeResult, rosen, rosen_der, rosen_hess_prod
from test_scipy_refinement import AVAILABLE, Rosenbrock

from npae import Refine
from npae.optimize import curve as module
from npae.optimize.counted_objective import ScipyObjective
from npae.optimize.curve import COLUMNS, count_points, iterations_of, thin_out
from npae.optimize.method_traits import METHODS

START = np.linspace(-1.2, 1.0, 6)
CONVEX = np.full(6, 1.05)  # near the minimum, where dogleg can work
COUNTED = ("COBYLA", "COBYQA")  # call every evaluation an iteration


class Noting(Rosenbrock):
    """Notes the points that it is evaluated at."""

    def __init__(self):
        super().__init__()
        self.points = []

    def value(self, x):
        self.points.append(x.copy())
        return super().value(x)


class Exact(Noting):
    """Has exact products with the Hessian."""

    def hessian_product(self, x, v):
        return rosen_hess_prod(x, v)


@pytest.fixture
def accepted(monkeypatch):
    """The points that a method gives to its callback."""
    points, callback = [], ScipyObjective.callback

    def noted(self, intermediate_result):
        if not self._budget.warming_up:
            by_name = isinstance(intermediate_result, OptimizeResult)
            points.append(np.array(intermediate_result.x if by_name else intermediate_result))
        callback(self, intermediate_result)

    monkeypatch.setattr(ScipyObjective, "callback", noted)
    return points


def improved(method, function=None, **fields):
    start = CONVEX if method == "dogleg" else START
    function = Noting() if function is None else function
    x, record = Refine(method, **{"max_iterations": 40, **fields}).improve(function, start, np.random.default_rng(0))
    return x, record, record["curve"]


@pytest.mark.fast_cases(5)
@pytest.mark.parametrize("function", [Noting, Exact])
@pytest.mark.parametrize("method", AVAILABLE)
def test_a_curve_holds_the_loss_and_the_gradient_at_each_point_that_the_method_has_accepted(method, function, accepted):
    x, record, curve = improved(method, function())
    assert tuple(curve) == COLUMNS
    assert len(accepted) == record["iterations"] > 3
    assert curve["iteration"] == list(range(1, record["iterations"] + 1))
    assert curve["loss"] == [float(rosen(point)) for point in accepted]
    norms = [float(np.linalg.norm(rosen_der(point))) for point in accepted]
    assert curve["gradient_norm"] == (norms if METHODS[method].gradient else [None] * len(norms))
    assert min(curve["loss"]) >= record["loss_after"] == rosen(x)


@in_one_test("method", AVAILABLE)
def test_a_curve_counts_evaluations_and_seconds(method):
    function = Noting()
    _, record, curve = improved(method, function)
    assert curve["evaluations"] == sorted(curve["evaluations"])
    assert curve["evaluations"][0] > 1 and curve["evaluations"][-1] <= record["evaluations"] == function.calls
    assert curve["seconds"][0] > 0 and curve["seconds"][-1] <= record["seconds"]
    assert curve["seconds"] == sorted(curve["seconds"])


@in_one_test("method", [name for name in AVAILABLE if METHODS[name].gradient and name != "dogleg"])
def test_the_last_point_of_a_curve_is_the_result_of_a_method_that_only_goes_down(method):
    _, record, curve = improved(method)
    assert curve["loss"][-1] == pytest.approx(record["loss_after"], rel=1e-12)


def test_a_curve_counts_on_from_where_training_was():
    _, record = Refine("BFGS").improve(Noting(), START, since=(100, 20.0))
    curve = record["curve"]
    assert 100 < curve["evaluations"][0] < curve["evaluations"][-1] <= 100 + record["evaluations"]
    assert 20 < curve["seconds"][0] <= curve["seconds"][-1] <= 20 + record["seconds"]


def test_a_curve_goes_on_over_blocks():
    _, record, curve = improved("CG", block_size=2, max_iterations=5)
    assert record["blocks"] == 3
    assert curve["iteration"] == list(range(1, record["iterations"] + 1)) != []
    assert curve["evaluations"] == sorted(curve["evaluations"])
    assert curve["loss"] == sorted(curve["loss"], reverse=True)


def test_the_gradient_of_a_block_is_that_of_its_coordinates():
    first, second = [], []
    Refine("CG", layers=["ends"], max_iterations=1).improve(Ends(), START, watch=first.append)
    Refine("CG", max_iterations=1).improve(Ends(), START, watch=second.append)
    assert 0 < first[0].gradient_norm < second[0].gradient_norm


class Ends(Noting):
    def indices(self, names):
        """Return the positions that the only name stands for."""
        return np.array([0, 5])


def test_who_watches_sees_each_iteration_and_ends_the_refinement():
    seen = []

    def watch(iteration):
        seen.append(iteration)
        return "enough" if len(seen) == 4 else None

    _, record = Refine("BFGS").improve(Noting(), START, watch=watch)
    assert (record["stopped"], record["iterations"]) == ("enough", 4)
    assert seen == iterations_of(record)
    assert record["loss_after"] == min(record["curve"]["loss"])
    assert seen[0].method == "BFGS"


@in_one_test("method", AVAILABLE)
def test_every_method_can_be_ended_in_mid_course(method):
    start = CONVEX if method == "dogleg" else START
    _, record = Refine(method).improve(Noting(), start, watch=lambda iteration: iteration.iteration == 3)
    assert (record["stopped"], record["iterations"]) == ("callback", 3)
    assert record["loss_after"] <= record["loss_before"]


def test_who_watches_ends_all_blocks():
    """It does so even in the last iteration that a block may have."""
    refine = Refine("CG", block_size=2, max_iterations=2)
    watch = lambda iteration: "enough" if iteration.iteration == 2 else None  # noqa: E731
    _, record = refine.improve(Noting(), START, np.random.default_rng(0), watch=watch)
    assert (record["stopped"], record["iterations"], record["blocks"]) == ("enough", 2, 0)


@in_one_test("calls", [[()], [(START,)], [(START, "state")]])
def test_a_method_of_ones_own_may_call_the_callback_with_anything(calls):
    """Where it does not say which point it has accepted, the least loss so far stands for that of the point."""

    def own(fun, x0, args=(), jac=None, callback=None, **options):
        value = fun(x0)
        for point in calls:
            callback(*point)
        return OptimizeResult(x=x0, fun=value, message="end")

    _, record = Refine(own).improve(Noting(), START)
    assert record["curve"]["loss"] == [rosen(START)]


def test_a_point_that_nobody_has_evaluated_has_no_gradient():
    def own(fun, x0, args=(), jac=None, callback=None, **options):
        value = fun(x0)
        callback(x0 + 1)
        return OptimizeResult(x=x0, fun=value, message="end")

    _, record = Refine(own).improve(Noting(), START)
    assert record["curve"]["gradient_norm"] == [None]


def test_a_long_curve_is_thinned_out_but_keeps_its_last_point(monkeypatch):
    whole = improved("CG", max_iterations=37)[2]
    monkeypatch.setattr(module, "POINTS", 8)
    curve = improved("CG", max_iterations=37)[2]
    assert curve["iteration"] == [8, 16, 24, 32, 37]
    for name in set(COLUMNS) - {"seconds"}:
        assert curve[name] == [whole[name][i - 1] for i in curve["iteration"]]


@pytest.mark.parametrize("iterations", [7, 8, 9, 16, 17])
def test_a_curve_has_no_point_twice_and_never_more_than_its_bound(monkeypatch, iterations):
    monkeypatch.setattr(module, "POINTS", 8)
    curve = improved("CG", max_iterations=iterations)[2]
    assert len(set(curve["iteration"])) == len(curve["iteration"]) <= 9
    assert curve["iteration"][-1] == iterations


def test_the_curves_of_a_training_are_thinned_out_together(monkeypatch):
    records = [{"curve": {name: list(range(n)) for name in COLUMNS}} for n in (5, 4, 1)]
    old = {"method": "BFGS"}
    monkeypatch.setattr(module, "POINTS_OF_ALL", 6)
    thin_out([old, *records])
    assert [record["curve"]["loss"] for record in records] == [[0, 2, 4], [1, 3], [0]]
    monkeypatch.setattr(module, "POINTS_OF_ALL", 2)
    thin_out([old, *records])  # each keeps its last point
    assert [record["curve"]["loss"] for record in records] == [[4], [3], [0]]
    assert count_points([old, *records]) == 3
    assert iterations_of(old) == []


def test_a_curve_is_what_json_holds():
    for method in ("BFGS", "Powell"):
        curve = improved(method, max_iterations=3)[2]
        assert json.loads(json.dumps(curve, allow_nan=False)) == curve


def test_scipy_takes_the_callback_for_one_that_wants_a_result():
    """Otherwise methods without a gradient would not say which loss they have accepted."""
    assert list(inspect.signature(ScipyObjective(None, None, None, None).callback).parameters) == [
        "intermediate_result"
    ]
