"""Rows: whatever the array is and wherever it lies, they are NumPy's own, cast."""

import warnings

import numpy as np
import pytest
from looped import in_one_test
from mapped import mapped, numbers

from npae.estimators.code_moments import moments
from npae.samples import rows
from npae.samples.pairs import same_numbers
from npae.samples.rows import RowReader, slices, walk

DTYPES = ("uint8", "bool", "int64", "float16", "float32", ">f4", "float64")
CHOICES = [None, slice(0, 50), slice(7, 8), slice(3, 40), np.array([49, 0, 7, 7]), np.arange(49, -1, -1)]


WAYS = {
    "memory": lambda folder, array: array,
    "npy": mapped,
    "view": lambda folder, array: np.asarray(mapped(folder, np.concatenate([array[:3], array]))[3:]),
    "reversed": lambda folder, array: mapped(folder, array[::-1].copy())[::-1],
    "every other row": lambda folder, array: mapped(folder, np.repeat(array, 2, axis=0))[::2],
    "columns": lambda folder, array: mapped(folder, np.concatenate([array, array], axis=2))[:, :, :4],
    "fortran": lambda folder, array: mapped(folder, np.asfortranarray(array)),
    "copy on write": lambda folder, array: mapped(folder, array, "c"),
    "writable": lambda folder, array: mapped(folder, array, "r+"),
}


@pytest.mark.fast_cases(40)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_are_those_of_numpy_in_the_dtype_asked_for(tmp_path, reading, way, dtype):
    expected = numbers(dtype)
    array = WAYS[way](tmp_path, expected)
    for wanted in ("float32", "float64"):
        with RowReader(np.dtype(wanted)) as some:
            for which in CHOICES:
                result = some.of(array, which)
                assert (result.dtype == wanted and type(result) is np.ndarray) or result is array
                np.testing.assert_array_equal(result, expected if which is None else expected[which])


def test_nothing_is_copied_of_an_array_in_memory_that_fits():
    array = numbers("float32")
    with RowReader(np.dtype("float32")) as some:
        assert some.of(array) is array
        assert np.shares_memory(some.of(array, slice(3, 9)), array)
        first = some.of(array, np.array([4, 2]))
        assert np.shares_memory(first, some.of(array, np.array([1])))


def test_arrays_may_take_turns():
    one, two = numbers("uint8"), numbers("float64", (9, 2))
    with RowReader(np.dtype("float32")) as some:
        for _ in range(2):
            np.testing.assert_array_equal(some.of(one, slice(2, 5)), one[2:5])
            np.testing.assert_array_equal(some.of(two, np.array([8, 1])), two[[8, 1]])


def test_what_is_too_large_becomes_infinite_without_a_warning():
    with warnings.catch_warnings(), RowReader(np.dtype("float32")) as some:
        warnings.simplefilter("error")
        assert some.of(np.array([[1e300, -1e300]]))[0].tolist() == [np.inf, -np.inf]


def test_slices_and_pieces_cover_everything_once(monkeypatch):
    assert list(slices(slice(3, 10), 4)) == [slice(3, 7), slice(7, 10)]
    assert list(slices(slice(3, 3), 4)) == []
    array = numbers("float64")
    for piece in (1, 100, 96 * 7, 10**9):
        monkeypatch.setattr(rows, "PIECE", piece)
        starts, pieces = zip(*((start, rows.copy()) for start, rows in walk(array)), strict=True)
        np.testing.assert_array_equal(np.concatenate(pieces), array)
        assert max(map(len, pieces)) == max(1, min(50, piece // 96))
        np.testing.assert_array_equal(starts, np.cumsum([0, *map(len, pieces)])[:-1])


@in_one_test("cuts", [[], [1], [1, 2, 30], [25]], ids=str)
def test_moments_of_pieces_are_those_of_the_whole(cuts):
    """Far from 0, where sums of squares would lose every digit."""
    x = np.random.default_rng(0).normal(1e8, 1.0, (50, 3)) * [1, 2, 3]
    mean, covariance = moments(np.split(x, cuts))
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(covariance, np.cov(x.T, bias=True), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_arrays_of_other_dtypes_can_hold_the_same_numbers(dtype, monkeypatch):
    monkeypatch.setattr("npae.samples.pairs.NUMBERS", 7)
    A = np.arange(30.0).reshape(10, 3)
    B = A.astype(dtype)
    assert same_numbers(A, B)
    B[9, 2] = 0
    assert not same_numbers(A, B)
    assert not same_numbers(A, B[:9])
