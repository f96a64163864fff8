"""Rows: whatever the array is and wherever it lies, they are NumPy's own, cast, and no file stays open."""

import mmap
import os
import warnings

import numpy as np
import pytest

from npae.estimators.code_moments import moments
from npae.samples import rows
from npae.samples.rows import RowReader, is_mapped, slices, walk

DTYPES = ("uint8", "bool", "int64", "float16", "float32", ">f4", "float64")
SHAPE = (50, 3, 4)
CHOICES = [None, slice(0, 50), slice(7, 8), slice(3, 40), np.array([49, 0, 7, 7]), np.arange(49, -1, -1)]


def numbers(dtype, shape=SHAPE):
    return np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)


def mapped(folder, array, mode="r"):
    np.save(folder / "array.npy", array)
    return np.load(folder / "array.npy", mmap_mode=mode)


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


@pytest.fixture(params=["preadv", "seek"])
def reading(request, monkeypatch):
    """Both ways to read at a position; Windows has one."""
    if request.param == "seek":
        monkeypatch.delattr(os, "preadv", raising=False)
    elif not hasattr(os, "preadv"):
        pytest.skip("this system has no os.preadv")


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


def test_only_what_shows_a_mapped_file_is_mapped(tmp_path):
    array = mapped(tmp_path, numbers("float32"))
    for same in (array, array[2:], np.asarray(array), array.reshape(50, 12), array.view(np.ndarray)[::3]):
        assert is_mapped(same)
    for other in (np.array(array), array + 0, array[[1, 2]], np.frombuffer(bytes(8))):
        assert not is_mapped(other)


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_that_is_another_one_by_now_is_not_read(tmp_path, change):
    """The mapping still shows what was there."""
    expected = numbers("float64")
    array = mapped(tmp_path, expected)
    (tmp_path / "array.npy").unlink()
    if change == "replaced":
        np.save(tmp_path / "array.npy", expected + 1)
    with RowReader(np.dtype("float32")) as some:
        np.testing.assert_array_equal(some.of(array, np.array([3, 1])), expected[[3, 1]])


def test_changes_that_never_reach_the_file_are_kept(tmp_path):
    """Giving the pages of such a mapping back would lose them."""
    array = mapped(tmp_path, numbers("float64"), "c")
    array[5] = -1.0
    with RowReader(np.dtype("float64")) as some:
        np.testing.assert_array_equal(some.of(array, np.array([5])), np.full((1, 3, 4), -1.0))
    np.testing.assert_array_equal(array[5], np.full((3, 4), -1.0))


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="this system cannot give pages back")
def test_pages_that_cannot_be_read_as_a_file_are_given_back(tmp_path, monkeypatch):
    """Every 500th column of a mapped array: a row is in pieces."""
    monkeypatch.setattr(rows, "TOUCHED", 100)
    array, expected = np.memmap(tmp_path / "wide", np.float32, "w+", shape=(4_000, 4_096)), np.arange(4_000)
    array[:] = expected[:, None]
    array.flush()
    array._mmap.madvise(mmap.MADV_DONTNEED)
    before = resident()
    with RowReader(np.dtype("float32")) as some:
        for which in np.split(expected, 40):
            np.testing.assert_array_equal(some.of(array[:, ::500], which)[:, 8], which)
    assert resident() - before < 10


def resident():
    """Return the megabytes that this process holds now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE / 2**20


def test_a_file_cut_short_meanwhile_is_named(tmp_path, reading):
    array = np.memmap(tmp_path / "samples", np.float32, "w+", shape=(5_000, 100))
    with RowReader(np.dtype("float32")) as some:
        some.of(array, np.array([4_999]))
        os.truncate(tmp_path / "samples", 1_000_000)
        with pytest.raises(OSError, match="samples must be as long as when it was mapped, got a shorter one"):
            some.of(array, np.array([4_999]))


def test_no_file_stays_open(tmp_path):
    array = mapped(tmp_path, numbers("float32"))
    with RowReader(np.dtype("float32")) as some:
        files = []
        for other in (array, numbers("float32"), array):
            some.of(other, slice(0, 3))
            files.append(getattr(some._reader, "_file", None))
        assert files[0].closed and files[1] is None and not files[2].closed
    assert files[2].closed


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


@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 30], [25]], ids=str)
def test_moments_of_pieces_are_those_of_the_whole(cuts):
    """Far from 0, where sums of squares would lose every digit."""
    x = np.random.default_rng(0).normal(1e8, 1.0, (50, 3)) * [1, 2, 3]
    mean, covariance = moments(np.split(x, cuts))
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(covariance, np.cov(x.T, bias=True), rtol=1e-6)
