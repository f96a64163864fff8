"""A layer that offers no linear map, taken as one by differences."""

import numpy as np
import pytest

from npae.layers.linearization import linearized_by_differences

RNG = np.random.default_rng(0)
X, RX, W, V = RNG.standard_normal((4, 6, 3))


class Sine:
    """y = sin(x W), entry by entry."""

    def forward(self, x, params, context):
        z = x * params["W"]
        return np.sin(z), lambda dy, grads: dy * np.cos(z) * params["W"]


@pytest.mark.parametrize("length", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("rx", [RX, None], ids=["x moves", "x stays"])
def test_differences_along_a_direction_of_any_length_are_its_derivative(length, rx):
    linear = linearized_by_differences(Sine(), X, {"W": W}, None)
    moved, back = linear.along(None if rx is None else length * rx, {"W": length * V})
    expected = np.cos(X * W) * (X * V + (0 if rx is None else rx * W))
    np.testing.assert_allclose(moved / length, expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(linear.y, np.sin(X * W))
    np.testing.assert_allclose(back(RX, {}), RX * np.cos(X * W) * W, rtol=1e-12)


def test_nothing_changes_along_no_direction():
    linear = linearized_by_differences(Sine(), X, {"W": W}, None)
    np.testing.assert_array_equal(linear.along(0 * RX, {"W": 0 * V})[0], 0 * X)
