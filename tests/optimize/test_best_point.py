import math

import numpy as np
import pytest

from npae.optimize.best_point import BestPoint


def test_only_a_smaller_loss_replaces_the_point():
    best = BestPoint(np.zeros(2), 1.0)
    for loss in (1.0, 2.0, math.inf, math.nan):
        best.see(np.ones(2), loss)
    np.testing.assert_array_equal(best.x, 0)
    best.see(np.ones(2), 0.5)
    np.testing.assert_array_equal(best.x, 1)
    assert best.loss == 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_point_is_a_copy_in_float64(dtype):
    best, x = BestPoint(np.zeros(2), 1.0), np.ones(2, dtype)
    best.see(x, 0.0)
    x.fill(7)
    np.testing.assert_array_equal(best.x, 1)
    assert best.x.dtype == np.float64
