"""Codes to try: where `discover` looks for new pictures, anywhere among the known codes or between two of them."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.data_set import DataSet


def pair_of(between: Any, data: Any, size: int) -> list[int]:
    """Return the indices of the two samples that a user gives by index or by label."""
    labels = list(data.labels) if isinstance(data, DataSet) else []
    ends = list(between) if np.iterable(between) else []
    pair = [labels.index(end) if isinstance(end, str) and end in labels else end for end in ends]
    good = all(
        isinstance(end, numbers.Integral) and not isinstance(end, bool) and int(end) in range(size) for end in pair
    )
    if not good or len(pair) != 2 or pair[0] == pair[1]:
        names = " or labels" if labels else ""
        raise ValueError(f"between must be two different indices from 0 to {size - 1}{names}, got {between!r}.")
    return pair


def everywhere(codes: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Return codes (about `count`, L) to try: a grid over the range of the known ones, or points between any two."""
    if codes.shape[1] <= 2:
        return _grid(codes.min(axis=0), codes.max(axis=0), count)
    start, end = codes[rng.integers(len(codes), size=(2, count))]
    mixed: FloatArray = start + rng.random((count, 1)) * (end - start)
    return mixed


def in_between(start: FloatArray, end: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Return codes (at most `count`, L) in the ball that has start and end at opposite ends."""
    middle, way = (start + end) / 2, end - start
    length = float(np.linalg.norm(way))
    if len(start) <= 2:
        grid = _grid(middle - length / 2, middle + length / 2, count)
        inside: FloatArray = grid[np.linalg.norm(grid - middle, axis=1) <= length / 2]
        return inside
    t, axis = rng.random((count, 1)), way / (length or 1.0)
    aside = rng.normal(size=(count, len(way)))
    aside -= np.outer(aside @ axis, axis)  # at right angles to the way
    aside *= rng.random((count, 1)) * length * np.sqrt(t * (1 - t)) / np.linalg.norm(aside, axis=1, keepdims=True)
    points: FloatArray = start + t * way + aside
    return points


def _grid(low: FloatArray, high: FloatArray, count: int) -> FloatArray:
    """Return a grid of about `count` points over a box, (points, L)."""
    side = max(2, round(count ** (1 / len(low))))
    axes = [np.linspace(*ends, side) for ends in zip(low, high, strict=True)]
    grid: FloatArray = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(low))
    return grid
