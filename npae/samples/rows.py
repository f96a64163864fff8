"""Rows of an array that may be larger than memory: gathered in one dtype, and walked piece by piece."""

import math

import numpy as np

from .mapped_files import is_mapped, mapped_reader

PIECE = 2**22  # bytes of a piece that `walk` holds: it fits into a cache


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
            self._reader, self._array = mapped_reader(array), array
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
