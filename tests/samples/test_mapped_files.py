"""Rows of mapped files: what is mapped is what comes out, and no file stays open."""

import mmap
import os

import numpy as np
import pytest
from mapped import mapped, numbers

from npae.samples import mapped_files
from npae.samples.mapped_files import is_mapped
from npae.samples.rows import RowReader


def test_only_what_shows_a_mapped_file_is_mapped(tmp_path):
    array = mapped(tmp_path, numbers("float32"))
    for same in (array, array[2:], np.asarray(array), array.reshape(50, 12), array.view(np.ndarray)[::3]):
        assert is_mapped(same)
    for other in (np.array(array), array + 0, array[[1, 2]], np.frombuffer(bytes(8))):
        assert not is_mapped(other)


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_that_was_replaced_or_removed_is_not_read(tmp_path, change):
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
    monkeypatch.setattr(mapped_files, "TOUCHED", 100)
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
