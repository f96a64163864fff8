"""Arrays in memory that several processes share.

The memory has no name in the file system. It ends with the last process that holds it, in whatever way they end.
"""

from __future__ import annotations

import errno
import math
import mmap
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..settings.array_types import AnyArray, DTypeLike, Shape


class SharedArray:
    """An array in memory that another process can attach to, once it has the file descriptor.

    Parameters
    ----------
    shape : tuple of int
        Its shape.
    dtype : dtype
        Its dtype.

    Attributes
    ----------
    array : array
        The numbers, 0 at first. They stay valid when the descriptor is closed.
    descriptor : int
        Of the memory.

    Raises
    ------
    OSError
        If the system has no such memory, or not so much of it.
    """

    def __init__(self, shape: Shape, dtype: DTypeLike) -> None:
        size = max(1, math.prod(shape) * np.dtype(dtype).itemsize)
        if size > _available():
            raise OSError(
                errno.ENOMEM, f"shared memory must fit into what the system has left, got {size / 1e6:,.0f} MB"
            )
        self.descriptor = _memory()
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, 0, size)  # missing memory is an error now, not a signal later
            else:
                os.ftruncate(self.descriptor, size)
            self.array = attached(self.descriptor, shape, dtype)
        except BaseException:
            self.close()
            raise

    @classmethod
    def of(cls, array: AnyArray) -> SharedArray:
        """Return a copy of an array in shared memory."""
        made = cls(array.shape, array.dtype)
        np.copyto(made.array, array)
        return made

    def close(self) -> None:
        """Close the descriptor: nobody else can attach any more."""
        os.close(self.descriptor)


def attached(descriptor: int, shape: Shape, dtype: DTypeLike) -> AnyArray:
    """Return the array that lies in the memory of a descriptor."""
    count = math.prod(shape)
    memory = mmap.mmap(descriptor, max(1, count * np.dtype(dtype).itemsize))
    return np.frombuffer(memory, dtype, count).reshape(shape)


def _available() -> float:
    """Return how many bytes of memory the system has left, inf where it does not tell. It kills who takes more."""
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024.0 * int(line.split()[1])
    return math.inf


def _memory() -> int:
    """Return a descriptor of memory without a name: on systems other than Linux, of a file that has lost its own."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("npae")
    file, name = tempfile.mkstemp()
    os.unlink(name)
    return file
