"""IDX files: one array each, the format of MNIST and its relatives.

Two zero bytes, a type code, the number of sizes; the sizes, 4 bytes each; the numbers, row by row. Everything is
big-endian. Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998), "The IDX file format".
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from ..settings.archive import FileError
from ..settings.array_types import AnyArray, Shape
from ..settings.checks import checked_path

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"
CHUNK = 2**20  # bytes read at a time: memory grows with what the file holds, not with what its header promises
DIMENSIONS, LARGEST = 32, 2**62  # the most sizes and bytes that an array can have with any NumPy


def load_idx(path: str | os.PathLike[str]) -> AnyArray:
    """Return the array in an IDX file, raw or compressed by gzip.

    A compressed file is recognised by its first bytes, or by a name that ends in ``.gz``. The magic number, the type
    code and the sizes are checked, and memory is taken only for numbers that are there.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    array
        Of uint8, int8, int16, int32, float32 or float64 in this machine's byte order, with the shape that the file
        names.

    Raises
    ------
    FileError
        If the file has another format, is cut short, is longer than its sizes say, or is a folder (a ValueError).
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> from pathlib import Path
    >>> from npae.datasets import load_idx
    >>> _ = Path("two.idx").write_bytes(bytes([0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 255, 255]))
    >>> load_idx("two.idx")
    array([[256,  -1]], dtype=int16)
    """
    path = Path(checked_path("path", path))
    if path.is_dir():
        raise FileError(f"{path} must be an IDX file, got a folder.")
    with _opened(path) as file:
        dtype, shape = _header(file, path)
        wanted = dtype.itemsize * math.prod(shape)
        content = _read(file, wanted + 1)
    if len(content) != wanted:
        got = "more" if len(content) > wanted else f"{len(content):,}"
        hint = "Is it complete? Download it again."
        raise FileError(f"{path} must hold {wanted:,} bytes of numbers, as its sizes {shape} say, got {got}. {hint}")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Yield the file, decompressed if need be; errors of gzip become FileErrors."""
    with open(path, "rb") as raw:
        if path.suffix != ".gz" and raw.read(len(GZIP)) != GZIP:
            raw.seek(0)
            yield raw
            return
        raw.seek(0)
        try:
            with gzip.open(raw) as file:
                yield cast("BinaryIO", file)  # a GzipFile reads like one
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            rule = f"{path} must be a whole gzip file"
            raise FileError(f"{rule}, got one that cannot be decompressed: {error}.") from error


def _header(file: BinaryIO, path: Path) -> tuple[np.dtype[Any], Shape]:
    """Return the dtype and the shape that the file promises."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        got = magic.hex(" ") or "an empty file"
        raise FileError(f"{path} must begin with the magic number of an IDX file, 00 00 type dimensions, got {got}.")
    code, dimensions = magic[2:]
    if code not in TYPES:
        known = ", ".join(f"{known:02x}" for known in TYPES)
        raise FileError(f"{path} must have a type code among {known}, got {code:02x}.")
    if not 1 <= dimensions <= DIMENSIONS:
        raise FileError(f"{path} must have 1 to {DIMENSIONS} dimensions, got {dimensions}.")
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise FileError(f"{path} must name {dimensions} sizes in {4 * dimensions} bytes, got {len(sizes)} bytes.")
    dtype, shape = np.dtype(TYPES[code]), tuple(np.frombuffer(sizes, ">u4").tolist())
    if dtype.itemsize * math.prod(size or 1 for size in shape) > LARGEST:
        raise FileError(f"{path} must have sizes that make an array, got {shape}.")
    return dtype, shape


def _read(file: BinaryIO, most: int) -> bytearray:
    """Return the rest of the file, at most `most` bytes."""
    content = bytearray()
    while len(content) < most and (chunk := file.read(min(CHUNK, most - len(content)))):
        content += chunk
    return content
