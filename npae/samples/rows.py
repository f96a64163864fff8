"""Rows of an array that may be larger than memory: gathered in one dtype, and walked piece by piece.

A page of a mapped file counts as resident once it was touched, and the system maps up to 2 MB around it: a thousand
rows at random positions hold 2 GB. So the rows of an `np.memmap` are read from its file, into memory used again.
"""

import io
import math
import mmap
import os
from functools import partial

import numpy as np

PIECE = 2**22  # bytes of a piece that `walk` holds: it fits into a cache
TOUCHED = 128  # rows of a mapping that are touched before its pages are given back, where the file cannot be read


class RowReader:
    """Rows of arrays in one dtype, for one thread; a context manager, since a file may be open.

    What `of` returns lives until the next call. Nothing is copied where an array in memory has the dtype and its rows
    are a slice.

    Parameters
    ----------
    dtype : numpy dtype of what comes out. What is too large for it becomes infinite.

    Examples
    --------
    >>> with RowReader(np.dtype("float32")) as rows:
    ...     rows.of(np.eye(3, dtype="uint8"), np.array([2, 0]))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """

    def __init__(self, dtype):
        self._dtype, self._memory = dtype, {}
        self._array = self._reader = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def of(self, array, which=None):
        """Return rows of `array` (N, ...): all, a slice (start and stop in [0, N]), or those of an array of indices."""
        if array is not self._array:
            self.close()
            self._reader, self._array = _reader(array), array
        rows = self._own(which)
        return rows if rows.dtype == self._dtype else self._cast(rows)

    def close(self):
        """Close the file that may be open, and forget the array."""
        if self._reader is not None:
            self._reader.close()
        self._array = self._reader = None

    def _own(self, which):
        """Return rows in the array's own dtype."""
        array = self._array
        if self._reader is not None:
            which = slice(0, len(array)) if which is None else which
            return self._reader.read(which, self._scratch(array.dtype, _count(which)))
        if which is None:
            return array
        if isinstance(which, slice):
            return array[which]
        return np.take(array, which, axis=0, out=self._scratch(array.dtype, len(which)), mode="clip")

    def _cast(self, rows):
        out = self._scratch(self._dtype, len(rows))
        with np.errstate(over="ignore"):
            np.copyto(out, rows, casting="same_kind")
        return out

    def _scratch(self, dtype, count):
        """Return uninitialised memory for `count` rows, the beginning of what was used before where that is enough."""
        kept, shape = self._memory.get(dtype), self._array.shape[1:]
        if kept is None or len(kept) < count or kept.shape[1:] != shape:
            kept = self._memory[dtype] = np.empty((count, *shape), dtype)
        return kept[:count]


def is_mapped(array):
    """Return whether the numbers of `array` lie in a mapped file and may be more than memory holds."""
    return _mapping(array) is not None


def slices(part, size):
    """Yield slices of at most `size` rows that make up the slice `part`, which has a start and a stop."""
    for start in range(part.start, part.stop, size):
        yield slice(start, min(start + size, part.stop))


def walk(array):
    """Yield (first index, rows) for pieces of `array` (N, ...), in its own dtype; each lives until the next."""
    row = max(1, array.dtype.itemsize * math.prod(array.shape[1:]))
    with RowReader(array.dtype) as rows:
        for part in slices(slice(0, len(array)), max(1, PIECE // row)):
            yield part.start, rows.of(array, part)


def pick(array, which):
    """Return array[which] for a slice or an array of indices. Scattered rows of a mapped file are read, not touched."""
    if not is_mapped(array) or (isinstance(which, slice) and which.step in (None, 1)):
        return array[which]
    if isinstance(which, slice):
        which = np.arange(*which.indices(len(array)))
    with RowReader(array.dtype) as rows:
        return rows.of(array, which).copy()


def _count(which):
    return which.stop - which.start if isinstance(which, slice) else len(which)


def _mapping(array):
    """Return the np.memmap whose file `array` shows, or None."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap):
            return array
        array = array.base
    return None


def _reader(array):
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
        for part in slices(slice(0, len(which)), TOUCHED):
            out[part] = self._array[which[part]]  # np.take would copy the whole array first, to have it in one piece
            _let_go(self._root)
        return out


def _let_go(root):
    """Give the pages of a mapping back, where the system can; changes that never reach the file would be lost."""
    if root.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
        root.base.madvise(mmap.MADV_DONTNEED)
