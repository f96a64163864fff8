"""Rows of an array in a mapped file, read without touching its pages.

A page of a mapped file counts as resident once it has been touched, and the system maps up to 2 MB around it: a
thousand rows at random positions hold 2 GB. The rows of an `np.memmap` are therefore read from its file, into memory
that is used again.
"""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..settings.array_types import AnyArray, IntArray, Shape

TOUCHED = 128  # rows of a mapping that are touched before its pages are given back, if the file cannot be read

Which: TypeAlias = slice | IntArray  # start and stop of a slice lie in [0, N]
Mapping: TypeAlias = "np.memmap[Any, Any]"


class MappedReader(Protocol):
    """What reads the rows of an array in a mapped file."""

    def close(self) -> None:
        """Close the file that may be open."""

    def read(self, which: Which, out: AnyArray) -> AnyArray:
        """Fill `out` with the chosen rows, and return it."""


@dataclass(frozen=True)
class Place:
    """Where an array lies in a file: by this another process finds it.

    Parameters
    ----------
    filename : str
        The file.
    first : int
        The position of the first byte.
    shape, strides : tuple of int
        As of the array.
    dtype : str
        As of the array.
    file : tuple of two ints
        What tells the file from another one of this name: the numbers of its device and inode.
    """

    filename: str
    first: int
    shape: Shape
    strides: tuple[int, ...]
    dtype: str
    file: tuple[int, int]


def place_of(array: AnyArray) -> Place:
    """Return where an array in a mapped file lies; OSError if another process would see other numbers there."""
    mapping = _mapping(array)
    if mapping is None or mapping.filename is None or mapping.mode == "c":
        raise OSError("data in a mapped file must be named and not a private copy (mode 'c'), to be shared")
    name = os.path.abspath(mapping.filename)
    first = mapping.offset + array.ctypes.data - mapping.ctypes.data
    place = Place(name, first, array.shape, array.strides, array.dtype.str, _identity(name))
    if _some_rows(mapped_at(place)) != _some_rows(array):
        raise OSError(f"{name} must hold what was mapped, got another file of its name")
    return place


def _some_rows(array: AnyArray) -> bytes:
    """Return the bytes of a few rows, spread over the array."""
    some = np.unique(np.linspace(0, len(array) - 1, 5).astype(int))
    rows: bytes = array[some].tobytes()
    return rows


def _identity(name: str) -> tuple[int, int]:
    found = os.stat(name)
    return found.st_dev, found.st_ino


def mapped_at(place: Place) -> AnyArray:
    """Return the array that lies at a place, for reading; OSError if the file is another one by now."""
    if _identity(place.filename) != place.file:
        raise OSError(f"{place.filename} must be the file that was mapped, got another one of its name.")
    whole = np.memmap(place.filename, np.uint8, mode="r")
    return np.ndarray(place.shape, place.dtype, whole, place.first, place.strides)


def is_mapped(array: object) -> bool:
    """Return whether the numbers of `array` lie in a mapped file, and may be more than fit into memory."""
    return _mapping(array) is not None


def mapped_reader(array: AnyArray) -> MappedReader | None:
    """Return what reads the rows of `array` if it lies in a mapped file, otherwise None.

    Raises OSError if the file has been cut short since.
    """
    mapping = _mapping(array)
    if mapping is None:
        return None
    _check_length(mapping)
    try:
        return _File(array, mapping)
    except (OSError, ValueError):
        return _Pages(array, mapping)


def _mapping(array: object) -> Mapping | None:
    """Return the np.memmap whose file `array` shows, or None."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap):
            return array
        array = array.base
    return None


def _mmap_of(mapping: Mapping) -> mmap.mmap:
    memory: Any = mapping.base
    assert isinstance(memory, mmap.mmap)
    return memory


def _check_length(mapping: Mapping) -> None:
    """Raise OSError if the file was cut short after it was mapped: touching what is missing ends the process."""
    start, memory = mapping.offset - mapping.offset % mmap.ALLOCATIONGRANULARITY, _mmap_of(mapping)
    try:
        length = memory.size()
    except (OSError, ValueError):  # not every mapping keeps its file open
        return
    if length < start + len(memory):
        raise _cut_short(mapping.filename)


def _cut_short(name: object) -> OSError:
    return OSError(f"{name} must be as long as when it was mapped, got a shorter one.")


class _File:
    """Reads rows from the file that is mapped, by their positions in it.

    Raises ValueError if that cannot give the same numbers: changes never reach the file (mode "c"), rows are not
    contiguous, or the file has no name or has been replaced since. Raises OSError if the file cannot be opened.
    """

    def __init__(self, array: AnyArray, mapping: Mapping) -> None:
        if mapping.mode == "c" or mapping.filename is None or not array[:1].flags.c_contiguous:
            raise ValueError("rows must lie in a file, each of them contiguous.")
        self._stride, self._length, self._size = array.strides[0], len(array), array[:1].nbytes
        self._first = mapping.offset + array.ctypes.data - mapping.ctypes.data
        self._file = io.FileIO(mapping.filename)
        preadv = getattr(os, "preadv", None)  # not on every system
        self._read: Callable[[tuple[memoryview], int], int]
        self._read = partial(preadv, self._file.fileno()) if preadv else self._seek_and_read
        try:
            self._check(array)
            _give_pages_back(mapping)
        except BaseException:
            self.close()
            raise

    def _check(self, array: AnyArray) -> None:
        """Compare some rows with those that are mapped."""
        some = np.unique(np.linspace(0, len(array) - 1, 5).astype(int))
        if self.read(some, np.empty_like(array[some], subok=False)).tobytes() != array[some].tobytes():
            raise ValueError("the file must hold what is mapped.")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, which: Which, out: AnyArray) -> AnyArray:
        """Fill `out` with the chosen rows, and return it."""
        read = self._read
        for position, memory in self._pieces(which, out.reshape(-1).view(np.uint8).data):
            count = read((memory,), position)
            while count < len(memory):
                more = read((memory[count:],), position + count)
                if not more:
                    raise _cut_short(self._file.name)
                count += more
        return out

    def _pieces(self, which: Which, memory: memoryview) -> Iterable[tuple[int, memoryview]]:
        """Return (position in the file, memory to fill) of each read; consecutive rows are one read."""
        size = self._size
        if isinstance(which, slice):
            if self._stride == size:
                return [(self._first + which.start * size, memory)]
            which = np.arange(which.start, which.stop)
        positions = self._first + np.clip(which, 0, self._length - 1) * self._stride
        return zip(positions.tolist(), (memory[i : i + size] for i in range(0, len(memory), size)), strict=True)

    def _seek_and_read(self, parts: tuple[memoryview], position: int) -> int:
        """Do what os.preadv does, on systems without it."""
        self._file.seek(position)
        return self._file.readinto(*parts)


class _Pages:
    """Copies rows out of a mapping, and gives its pages back now and then."""

    def __init__(self, array: AnyArray, mapping: Mapping) -> None:
        self._array, self._mapping = array, mapping

    def close(self) -> None:
        """Do nothing: the mapping belongs to its owner."""

    def read(self, which: Which, out: AnyArray) -> AnyArray:
        """Fill `out` with the chosen rows, and return it."""
        if isinstance(which, slice):
            which = np.arange(which.start, which.stop)
        for start in range(0, len(which), TOUCHED):
            part = slice(start, start + TOUCHED)
            out[part] = self._array[which[part]]  # np.take would copy the whole array first, to make it contiguous
            _give_pages_back(self._mapping)
        return out


def _give_pages_back(mapping: Mapping) -> None:
    """Give the pages of a mapping back, if the system can and no changes would be lost that never reach the file."""
    if mapping.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
        _mmap_of(mapping).madvise(mmap.MADV_DONTNEED)
