"""Circles: every point at its distance and its angle, and bad numbers refused."""

import pickle

import numpy as np
import pytest
from looped import in_one_test

from npae.datasets import Circles, circles


def test_defaults_are_the_published_data():
    data = circles()
    assert data.points.shape == (100, 42) and data.points.dtype == np.float64
    np.testing.assert_allclose(data.radii[[0, -1]], [0.1, 0.9])
    np.testing.assert_allclose(np.diff(data.radii), 0.8 / 99)


@in_one_test("n_points", [3, 4, 21])
def test_points_lie_on_their_circle_at_equal_steps_all_the_way_round(n_points):
    data = circles(5, n_points, radii=(0.5, 2))
    numbers = data.curves[..., 0] + 1j * data.curves[..., 1]
    np.testing.assert_allclose(np.abs(numbers), np.repeat(data.radii[:, None], n_points, axis=1))
    steps = np.roll(numbers, -1, axis=1) / numbers
    np.testing.assert_allclose(steps, np.exp(2j * np.pi / n_points))
    np.testing.assert_allclose(numbers[:, 0], data.radii)


def test_no_point_occurs_twice():
    curve = circles(1, 21).curves[0]
    apart = np.hypot(*(curve[:, None] - curve).transpose(2, 0, 1)) + np.eye(21)
    assert apart.min() > 0.9 * 0.1 * 2 * np.sin(np.pi / 21)


def test_circles_are_centred():
    np.testing.assert_allclose(circles(7, 5).curves.mean(axis=1), 0, atol=1e-15)


def test_x_and_y_alternate_in_a_row():
    np.testing.assert_allclose(circles(1, 4, radii=(2, 2)).points, [[2, 0, 0, 2, -2, 0, 0, -2]], atol=1e-15)


def test_radii_may_shrink_and_one_circle_has_the_first():
    np.testing.assert_allclose(circles(3, radii=(3, 1)).radii, [3, 2, 1])
    np.testing.assert_allclose(circles(1, radii=(3, 1)).radii, [3])


def test_curves_are_a_view():
    data = circles(2, 3)
    assert np.shares_memory(data.curves, data.points)


def test_repr_names_the_sizes():
    assert repr(circles(100)) == "Circles(100 of 21 points, radius 0.1 to 0.9)"
    assert repr(circles(1, 5, radii=(2, 2))) == "Circles(1 of 5 points, radius 2)"
    assert repr(Circles(np.empty((0, 6)), np.empty(0))) == "Circles(0 of 3 points, radius none)"


def test_circles_can_be_sent_to_another_process():
    data = circles(2, 3)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(data)).points, data.points)


@in_one_test("n", [0, -1, 2.5, True, None, "3"], ids=repr)
def test_n_must_be_a_whole_number(n):
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got"):
        circles(n)


@in_one_test("n_points", [2, 0, 4.5, True, None], ids=repr)
def test_two_points_and_fractions_make_no_circle(n_points):
    with pytest.raises(ValueError, match="n_points must be an integer of at least 3, got .* Fewer points enclose"):
        circles(3, n_points)


@in_one_test(
    "radii", [(0, 1), (1, -1), (1,), (1, 2, 3), 0.5, None, "ab", (1, float("nan")), (1, float("inf"))], ids=repr
)
def test_radii_must_be_two_positive_numbers(radii):
    with pytest.raises(ValueError, match=r"radii must be two positive numbers, got .*Give \(first, last\)"):
        circles(3, radii=radii)
