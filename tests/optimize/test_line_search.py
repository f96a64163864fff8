import math

import numpy as np
import pytest
from looped import in_one_test

from npae.optimize.line_search import Point, wolfe_step


def wavy(seed):
    """Return phi(step) -> (value, slope): a parabola with waves, and a negative slope at 0."""
    rng = np.random.default_rng(seed)
    height, pitch, phase, bend = rng.standard_normal(5), rng.uniform(0.2, 4, 5), rng.uniform(0, 6, 5), rng.uniform(0, 1)

    def phi(step):
        slope = height * pitch * np.cos(pitch * step + phase)
        value = height * np.sin(pitch * step + phase)
        return float(value.sum() + bend * step**2), float(slope.sum() + 2 * bend * step)

    return phi if phi(0.0)[1] < 0 else wavy(seed + 1000)


@in_one_test("c2", [0.1, 0.5, 0.9])
@in_one_test("first", [1e-3, 1.0, 30.0])
def test_the_step_satisfies_the_strong_wolfe_conditions(first, c2):
    c1 = 1e-2
    for seed in range(100):
        phi, tried = wavy(seed), []
        (value, slope), recorded = phi(0.0), lambda step, phi=phi, tried=tried: (tried.append(step), phi(step))[1]
        step = wolfe_step(recorded, Point(0.0, value, slope), first, c1, c2)
        assert step == tried[-1] > 0
        assert phi(step)[0] <= value + c1 * step * slope
        assert abs(phi(step)[1]) <= c2 * abs(slope)


def test_a_good_first_step_is_the_only_one():
    tried = []

    def parabola(step):
        tried.append(step)
        return (step - 1) ** 2, 2 * (step - 1)

    assert wolfe_step(parabola, Point(0.0, 1.0, -2.0), 0.9, 1e-4, 0.9) == 0.9
    assert tried == [0.9]


@pytest.mark.parametrize("first", [1e-30, 1e6])
def test_the_minimum_of_a_parabola_is_found_from_any_first_step(first):
    step = wolfe_step(lambda t: ((t - 1) ** 2, 2 * (t - 1)), Point(0.0, 1.0, -2.0), first, 1e-4, 1e-3)
    assert abs(step - 1) < 1e-2


@in_one_test("beyond", [math.nan, math.inf, -math.inf])
def test_the_search_comes_back_from_where_nothing_is_finite(beyond):
    def cliff(t):
        return (math.log(3 - t) * -1 - 2 * t, 1 / (3 - t) - 2) if t < 3 else (beyond, beyond)

    step = wolfe_step(cliff, Point(0.0, *cliff(0.0)), 40.0, 1e-4, 0.1)
    assert abs(step - 2.5) < 0.5


@in_one_test("slope", [1.0, 0.0, math.nan])
def test_there_is_no_step_if_the_slope_is_not_negative(slope):
    assert wolfe_step(lambda t: (slope * t, slope), Point(0.0, 0.0, slope), 1.0, 1e-4, 0.9) is None


def test_there_is_no_step_on_an_endless_slope():
    assert wolfe_step(lambda t: (-t, -1.0), Point(0.0, 0.0, -1.0), 1.0, 1e-4, 0.9) is None


def test_there_is_no_step_if_nothing_is_finite():
    assert wolfe_step(lambda t: (math.nan, math.nan), Point(0.0, 0.0, -1.0), 1.0, 1e-4, 0.9) is None
