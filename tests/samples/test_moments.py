"""Moments of columns are NumPy's, piece by piece, far from zero, without padding."""

import numpy as np
import pytest
from looped import in_one_test

from npae.samples import Samples, rows
from npae.samples.moments import Moments, columns, merged, moments_of

RNG = np.random.default_rng(0)


def assert_moments(moments, X, rtol=1e-12):
    X = np.asarray(X, dtype=np.float64)
    assert moments.count == len(X)
    np.testing.assert_allclose(moments.mean, X.mean(axis=0), rtol=rtol)
    np.testing.assert_allclose(moments.scatter, len(X) * X.var(axis=0), rtol=rtol)


@in_one_test("dtype", ["float64", "float32", "int16", "uint8", "bool"])
def test_moments_are_numpys(dtype):
    X = (10 * RNG.random((100, 4)) - (dtype != "uint8")).astype(dtype)
    moments = Moments.of(X)
    assert_moments(moments, X)
    assert moments.mean.dtype == moments.scatter.dtype == np.float64


@in_one_test("cuts", [[1], [1, 2, 3], [50], [10, 90, 99]])
def test_parts_merge_into_the_whole(cuts):
    X = RNG.standard_normal((100, 3)) * [1, 100, 1e-5] + [3, -7, 1e4]
    assert_moments(merged(map(Moments.of, np.split(X, cuts))), X, rtol=1e-7)


@pytest.mark.parametrize("offset, near", [(1e9, 1e-6), (-1e12, 1e-3)])
def test_an_offset_costs_no_more_than_the_data_have_lost_by_it(offset, near):
    X = offset + RNG.standard_normal((1000, 3))
    pieces = merged(map(Moments.of, np.split(X, 10)))
    np.testing.assert_allclose(pieces.scatter / 1000, (X - offset).var(axis=0), rtol=near)


def test_data_larger_than_a_piece_is_walked(monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 100)
    X = RNG.standard_normal((100, 3, 2))
    assert_moments(moments_of(Samples(X)), columns(X), rtol=1e-9)


def test_a_mapped_file_is_walked(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 100)
    X = np.memmap(tmp_path / "X", np.float32, "w+", shape=(100, 3))
    X[:] = RNG.standard_normal(X.shape)
    assert_moments(moments_of(Samples(X)), X, rtol=1e-6)


@pytest.mark.parametrize("piece", [2**22, 100])
def test_padding_does_not_count(monkeypatch, piece):
    monkeypatch.setattr(rows, "PIECE", piece)
    X, mask = RNG.standard_normal((20, 5, 3)), np.arange(5) < RNG.integers(1, 6, 20)[:, None]
    padded = np.where(mask[:, :, None], X, 1e6)
    assert_moments(moments_of(Samples(padded, mask=mask)), X[mask], rtol=1e-9)


def test_a_column_is_an_entry_of_the_last_axis():
    assert moments_of(Samples(RNG.random((6, 4, 5, 3)))).mean.shape == (3,)


@in_one_test("size", [1e200, 1e300, 1.7e308])
def test_squares_that_overflow_are_not_finite_and_nobody_is_warned(size):
    X = np.c_[size * np.array([1.0, -1.0, 1.0, 1.0]), np.arange(4.0)]
    for moments in (Moments.of(X), merged([Moments.of(X[:1]), Moments.of(X[1:2]), Moments.of(X[2:])])):
        assert np.isfinite(moments.scatter).tolist() == [False, True]


def test_one_row_has_no_scatter():
    moments = Moments.of(np.array([[3.0, 1e300]]))
    assert moments.mean.tolist() == [3, 1e300] and moments.scatter.tolist() == [0, 0]


@in_one_test("value", [0.1, -1 / 3, 1e-100, 1e17 / 3])
@in_one_test("count", [1, 3, 9, 1000])
def test_the_mean_of_equal_numbers_is_that_number_and_nothing_is_left_about_it(value, count):
    """Adam follows even rounding, since its steps do not depend on the size of the gradient."""
    X, weights = np.full((count, 2), [value, 7 * value]), np.linspace(0.1, 2, count)
    with_gaps = np.vstack([X, np.full((2, 2), np.nan)])
    for moments in (Moments.of(X), Moments.of(X, weights), Moments.of(with_gaps, gaps=True)):
        assert moments.mean.tolist() == [value, 7 * value] and moments.scatter.tolist() == [0, 0]
    assert Moments.of(X).merged(Moments.of(X[:1])).mean.tolist() == [value, 7 * value]
