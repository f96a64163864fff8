"""Rows of an array that may be larger than memory: gathered in one dtype, and walked piece by piece."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..settings.array_types import AnyArray, IntArray, Shape
from .mapped_files import MappedReader, is_mapped, mapped_reader

PIECE = 2**22  # bytes of a piece that `walk` holds: it fits into a cache


class RowReader:
    """Reads rows of arrays in one dtype, for one thread; a context manager, since a file may be open.

    What `of` returns is valid until the next call. Nothing is copied if an array in memory has the dtype and its rows
    are a slice.

    Parameters
    ----------
    dtype : dtype
        The dtype of what comes out. Numbers that are too large for it become infinite.

    Examples
    --------
    >>> with RowReader(np.dtype("float32")) as rows:
    ...     rows.of(np.eye(3, dtype="uint8"), np.array([2, 0]))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._memory: dict[np.dtype[Any], AnyArray] = {}
        self._array: AnyArray | None = None
        self._reader: MappedReader | None = None

    def __enter__(self) -> RowReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def of(self, array: AnyArray, which: slice | IntArray | None = None) -> AnyArray:
        """Return rows of an array.

        Parameters
        ----------
        array : array of shape (N, ...)
            In memory or in a mapped file.
        which : slice or array of int, default None
            Which rows: a slice with start and stop in [0, N], indices, or None for all.

        Returns
        -------
        array of shape (n, ...)
            In the reader's dtype.
        """
        if array is not self._array:
            self.close()
            self._reader, self._array = mapped_reader(array), array
        rows = self._uncast(array, which)
        return rows if rows.dtype == self._dtype else self._cast(rows)

    def close(self) -> None:
        """Close the file that may be open, and forget the array."""
        if self._reader is not None:
            self._reader.close()
        self._array = self._reader = None

    def _uncast(self, array: AnyArray, which: slice | IntArray | None) -> AnyArray:
        """Return rows in the array's own dtype."""
        if self._reader is not None:
            which = slice(0, len(array)) if which is None else which
            return self._reader.read(which, self._scratch(array.dtype, _count(which), array.shape[1:]))
        if which is None:
            return array
        if isinstance(which, slice):
            return array[which]
        out = self._scratch(array.dtype, len(which), array.shape[1:])
        return np.take(array, which, axis=0, out=out, mode="clip")

    def _cast(self, rows: AnyArray) -> AnyArray:
        out = self._scratch(self._dtype, len(rows), rows.shape[1:])
        with np.errstate(over="ignore"):
            np.copyto(out, rows, casting="same_kind")
        return out

    def _scratch(self, dtype: np.dtype[Any], count: int, shape: Shape) -> AnyArray:
        """Return uninitialised memory for `count` rows of a shape: that of the last call if it is large enough."""
        memory = self._memory.get(dtype)
        if memory is None or len(memory) < count or memory.shape[1:] != shape:
            memory = self._memory[dtype] = np.empty((count, *shape), dtype)
        return memory[:count]


def slices(part: slice, size: int) -> Iterator[slice]:
    """Yield slices of at most `size` rows that make up the slice `part`, which has a start and a stop."""
    for start in range(part.start, part.stop, size):
        yield slice(start, min(start + size, part.stop))


def walk(array: AnyArray, piece: int | None = None) -> Iterator[tuple[int, AnyArray]]:
    """Yield (first index, rows) for pieces of `array` (N, ...) of so many bytes, in its own dtype.

    Each is valid until the next.
    """
    row = max(1, array.dtype.itemsize * math.prod(array.shape[1:]))
    with RowReader(array.dtype) as rows:
        for part in slices(slice(0, len(array)), max(1, (piece or PIECE) // row)):
            yield part.start, rows.of(array, part)


def pick(array: AnyArray, which: slice | IntArray) -> AnyArray:
    """Return array[which]. Scattered rows of a mapped file are read instead of touching its pages."""
    if not is_mapped(array) or (isinstance(which, slice) and which.step in (None, 1)):
        return array[which]
    if isinstance(which, slice):
        which = np.arange(*which.indices(len(array)))
    with RowReader(array.dtype) as rows:
        return rows.of(array, which).copy()


def _count(which: slice | IntArray) -> int:
    return which.stop - which.start if isinstance(which, slice) else len(which)
