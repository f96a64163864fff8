"""Factors that are computed where they are added."""

import numpy as np
import pytest

from npae.layers import second_moment
from npae.layers.second_moment import SecondMoment, is_finite, mix

ROWS, SHARES = np.random.default_rng(0).standard_normal((6, 7)), np.random.default_rng(1).random((6, 1))


@pytest.mark.parametrize("block", [1, 14, 2**16])
@pytest.mark.parametrize("share", [0.25, SHARES], ids=["alike", "weighted"])
def test_an_average_takes_up_moments_and_arrays(block, share, monkeypatch):
    monkeypatch.setattr(second_moment, "BLOCK", block)
    array, average = np.eye(7), np.ones((7, 7))
    moment = ROWS.T @ (share * ROWS)
    np.testing.assert_allclose(np.asarray(SecondMoment(ROWS, share)), moment, rtol=1e-12, atol=1e-14)
    mix(average, 0.75, [SecondMoment(ROWS, share), array], 0.25)
    np.testing.assert_allclose(average, 0.75 + 0.25 * (moment + array), rtol=1e-12)
    diagonal = np.ones(7)
    mix(diagonal, 0.5, [np.arange(7.0)], 0.5)
    np.testing.assert_allclose(diagonal, 0.5 + 0.5 * np.arange(7))


def test_the_diagonal_tells_what_is_not_finite():
    for bad in (np.nan, np.inf, 1e200):
        rows = ROWS.copy()
        rows[2, 3] = bad
        with np.errstate(over="ignore", invalid="ignore"):
            assert not is_finite(SecondMoment(rows))
    assert is_finite(SecondMoment(ROWS)) and is_finite(np.eye(2)) and not is_finite(np.array([1.0, np.nan]))
