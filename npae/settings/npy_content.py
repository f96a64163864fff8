"""The content of .npy files from anybody: an array, or one ValueError, and no more memory than the content takes."""

from __future__ import annotations

import io
import math
import sys
import warnings
from typing import Any

import numpy as np

from .array_types import AnyArray, Shape

READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def array_of(content: bytes) -> AnyArray:
    """Return the array that the content of a .npy file holds, a copy.

    A header is believed only if the rest is as long as it says, before any memory is taken for it: `numpy.load` takes
    memory first. What is no array without objects raises ValueError, whatever is wrong with it.
    """
    buffer = io.BytesIO(content)
    shape, in_columns, dtype = _header(buffer)
    if dtype.kind not in "biufcSUMm":
        raise ValueError(f"an array must hold numbers or texts, got {dtype}: objects would need a pickle")
    start, count = buffer.tell(), math.prod(shape)
    if count * dtype.itemsize != len(content) - start or (count and not dtype.itemsize):
        raise ValueError(f"an array must be as long as its file, got {shape} of {dtype}")
    order: Any = "F" if in_columns else "C"
    if count == 0:
        return np.empty(shape, dtype, order)
    if dtype.kind == "U" and (np.frombuffer(content, dtype.byteorder + "u4", offset=start) > sys.maxunicode).any():
        raise ValueError("an array of texts must hold characters, got numbers that are none")
    array: AnyArray = np.frombuffer(content, dtype, count, start).reshape(shape, order=order)
    return array.copy(order="K")


def _header(buffer: io.BytesIO) -> tuple[Shape, bool, np.dtype[Any]]:
    """Return the shape, whether the array lies column by column, and the dtype; ValueError for any other header."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Python and NumPy think about the text of a header
        try:
            read = READERS[np.lib.format.read_magic(buffer)]
            header: tuple[Shape, bool, np.dtype[Any]] = read(buffer)
        except Exception as error:  # SyntaxError, TokenError, RecursionError: the header is parsed as Python
            raise ValueError(f"an array must have a header, got {type(error).__name__}: {error}") from error
    return header
