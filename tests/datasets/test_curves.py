"""Curves: they run through their points, their ink follows the distance, and bad numbers are refused."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.datasets import Curves, curves


def parabola(points, count):
    """Return places on the parabola through three points, by Lagrange's formula in the length of the way."""
    t1 = np.linalg.norm(points[1] - points[0])
    t2 = t1 + np.linalg.norm(points[2] - points[1])
    t = np.linspace(0, t2, count)[:, None]
    first = points[0] * (t - t1) * (t - t2) / (t1 * t2)
    second = points[1] * t * (t - t2) / (t1 * (t1 - t2))
    return first + second + points[2] * t * (t - t1) / (t2 * (t2 - t1))


def distances(points, size):
    """Return the distance (size, size) of the middle of each pixel from a curve."""
    middles = np.stack(np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5), axis=-1)
    places = parabola(points, 2000)
    return np.array([[np.linalg.norm(places - middle, axis=1).min() for middle in row] for row in middles])


def test_shapes_and_range():
    data = curves(30)
    assert (data.pixels.shape, data.points.shape, data.images.shape) == ((30, 784), (30, 3, 2), (30, 28, 28))
    assert data.pixels.dtype == np.float32
    assert data.pixels.min() == 0 and data.pixels.max() == 1
    assert 0.02 < data.pixels.mean() < 0.15
    assert ((data.pixels > 0) & (data.pixels < 1)).any(axis=1).all()  # antialiased


def test_the_three_points_are_on_the_curve():
    data = curves(200)
    for image, points in zip(data.images, data.points, strict=True):
        for x, y in points:
            assert image[int(y), int(x)] > 0.75  # 1.5 less at most half the diagonal of a pixel


@in_one_test("width", [1.0, 2.0, 3.5])
def test_ink_is_what_the_distance_from_the_curve_says(width):
    data = curves(4, size=16, width=width, random_state=1)
    for image, points in zip(data.images, data.points, strict=True):
        expected = np.clip(width / 2 + 0.5 - distances(points, 16), 0, 1)
        np.testing.assert_allclose(image, expected, atol=0.05)


def test_points_lie_in_the_middle_and_everywhere_in_it():
    points = curves(500, size=8).points
    assert 1 <= points.min() < 1.1 and 6.9 < points.max() <= 7


def test_a_curve_that_leaves_the_picture_is_cut_off():
    data = curves(300, size=8, width=6.0)
    assert np.isfinite(data.pixels).all() and (data.images[:, 0] > 0).any()


def test_equal_seeds_give_equal_pictures_and_few_are_the_first_of_many():
    many = curves(700, size=8, random_state=3)
    again = curves(700, size=8, random_state=np.random.default_rng(3))
    np.testing.assert_array_equal(many.pixels, again.pixels)
    np.testing.assert_array_equal(many.pixels[:5], curves(5, size=8, random_state=3).pixels)
    assert (many.pixels[:5] != curves(5, size=8, random_state=4).pixels).any()


def test_repr_names_the_sizes():
    assert len(curves(3)) == 3 and repr(curves(3, size=9)) == "Curves(3 of 9 x 9 pixels)"
    assert repr(Curves(np.empty((0, 16)), np.empty((0, 3, 2)))) == "Curves(0 of 4 x 4 pixels)"
    assert npae.datasets.Curves is Curves


@in_one_test(
    ("options", "message"),
    [
        ({"n": 0}, "n must be an integer of at least 1, got 0"),
        ({"size": 2.5}, "size must be an integer of at least 1, got 2.5"),
        ({"width": 0}, r"width must be a number in \]0, inf\[, got 0"),
    ],
    ids=str,
)
def test_numbers_that_make_no_picture_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        curves(**options)
