"""Sums over vectors like theta, shared out over threads and carried out in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..settings.array_types import FloatArray
from .protocols import ThreadsView

BLOCK = 2**15  # numbers of each vector


def inner_products(vectors: Sequence[FloatArray], threads: ThreadsView) -> FloatArray:
    """Return v_i^T v_j for all pairs of vectors, in float64: those of blocks are in the vectors' dtype."""
    count = len(vectors)
    sums = np.zeros((threads.count, count, count))

    def add(number: int) -> None:
        for block in _blocks(threads.part(number, len(vectors[0]))):
            parts = [v[block] for v in vectors]
            for i, a in enumerate(parts):
                for j, b in enumerate(parts[: i + 1]):
                    sums[number, i, j] += np.dot(a, b)

    threads.do(add)
    lower = sums.sum(axis=0)
    products: FloatArray = lower + np.tril(lower, -1).T
    return products


def combine(
    vectors: Sequence[FloatArray],
    coefficients: Sequence[float] | FloatArray,
    out: FloatArray,
    threads: ThreadsView,
    moved: FloatArray | None = None,
) -> FloatArray:
    """Write the sum of c_i v_i into `out`, which may be one of the vectors, add it to `moved`, and return it."""
    numbers = [out.dtype.type(c) for c in coefficients]

    def add(number: int) -> None:
        for block in _blocks(threads.part(number, len(out))):
            first, *others = (v[block] * c for v, c in zip(vectors, numbers, strict=True))
            for other in others:
                first += other
            out[block] = first
            if moved is not None:
                moved[block] += first

    threads.do(add)
    return out


def _blocks(whole: slice) -> Iterator[slice]:
    """Yield the blocks of a part."""
    for start in range(whole.start, whole.stop, BLOCK):
        yield slice(start, min(start + BLOCK, whole.stop))
