"""Rows of an array in a mapped file, read without touching its pages.

A page of a mapped file counts as resident once it was touched, and the system maps up to 2 MB around it: a thousand
rows at random positions hold 2 GB. So the rows of an `np.memmap` are read from its file, into memory used again.
"""

import io
import mmap
import os
from functools import partial

import numpy as np

TOUCHED = 128  # rows of a mapping that are touched before its pages are given back, where the file cannot be read


def is_mapped(array):
    """Return whether the numbers of `array` lie in a mapped file and may be more than memory holds."""
    return _mapping(array) is not None


def _mapping(array):
    """Return the np.memmap whose file `array` shows, or None."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap):
            return array
        array = array.base
    return None


def mapped_reader(array):
    root = _mapping(array)
    if root is None:
        return None
    _check_length(root)
    try:
        return _File(array, root)
    except (OSError, ValueError):
        return _Pages(array, root)


def _check_length(root):
    """Raise OSError if the file behind a mapping was cut short since: to touch what is missing ends the process."""
    start = root.offset - root.offset % mmap.ALLOCATIONGRANULARITY
    try:
        length = root.base.size()
    except (OSError, ValueError):  # not every mapping keeps its file open
        return
    if length < start + len(root.base):
        raise OSError(f"{root.filename} must be as long as when it was mapped, got a shorter one.")


class _File:
    """Reads rows from the file behind a mapping, by their positions in it.

    Raises ValueError where that cannot give the same numbers: changes that never reach the file (mode "c"), rows that
    do not lie in one piece, a file that has no name or has been replaced since; OSError where it cannot be opened.
    """

    def __init__(self, array, root):
        if root.mode == "c" or root.filename is None or not array[:1].flags.c_contiguous:
            raise ValueError("rows must lie in a file, each in one piece.")
        self._stride, self._length, self._size = array.strides[0], len(array), array[:1].nbytes
        self._first = root.offset + array.ctypes.data - root.ctypes.data
        self._file = io.FileIO(root.filename)
        self._read = partial(os.preadv, self._file.fileno()) if hasattr(os, "preadv") else self._sought
        try:
            self._check(array)
            _let_go(root)
        except BaseException:
            self.close()
            raise

    def _check(self, array):
        """Compare some rows with what is mapped."""
        some = np.unique(np.linspace(0, len(array) - 1, 5).astype(int))
        if self.read(some, np.empty_like(array[some], subok=False)).tobytes() != array[some].tobytes():
            raise ValueError("the file must hold what is mapped.")

    def close(self):
        """Close the file."""
        self._file.close()

    def read(self, which, out):
        """Fill `out` with the rows that `which` names, and return it."""
        read = self._read
        for position, part in self._parts(which, memoryview(out.reshape(-1).view(np.uint8))):
            count = read((part,), position)
            while count < len(part):
                more = read((part[count:],), position + count)
                if not more:
                    raise OSError(f"{self._file.name} must be as long as when it was mapped, got a shorter one.")
                count += more
        return out

    def _parts(self, which, memory):
        """Return (position in the file, the memory for it) in turn; rows that follow each other are read at once."""
        size = self._size
        if isinstance(which, slice):
            if self._stride == size:
                return [(self._first + which.start * size, memory)]
            which = np.arange(which.start, which.stop)
        positions = self._first + np.clip(which, 0, self._length - 1) * self._stride
        return zip(positions.tolist(), (memory[i : i + size] for i in range(0, len(memory), size)), strict=True)

    def _sought(self, parts, position):
        """What os.preadv does, where the system has none."""
        self._file.seek(position)
        return self._file.readinto(*parts)


class _Pages:
    """Copies rows out of a mapping, and gives its pages back now and then."""

    def __init__(self, array, root):
        self._array, self._root = array, root

    def close(self):
        """The mapping is its owner's."""

    def read(self, which, out):
        """Fill `out` with the rows that `which` names, and return it."""
        if isinstance(which, slice):
            which = np.arange(which.start, which.stop)
        for start in range(0, len(which), TOUCHED):
            part = slice(start, start + TOUCHED)
            out[part] = self._array[which[part]]  # np.take would copy the whole array first, to have it in one piece
            _let_go(self._root)
        return out


def _let_go(root):
    """Give the pages of a mapping back, where the system can; changes that never reach the file would be lost."""
    if root.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
        root.base.madvise(mmap.MADV_DONTNEED)
