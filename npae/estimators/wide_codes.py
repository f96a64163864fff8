"""Codes as wide as a sample: an autoencoder with such a code copies strange samples as well as normal ones."""

from __future__ import annotations

import math

from ..network import Network
from .verdict import TrainingWarning


def too_wide_code(network: Network) -> list[TrainingWarning]:
    """Return a warning for a detector whose code holds all of a sample, or none.

    A narrower layer before the code, noise or a penalty makes copying harder.
    """
    size, width = math.prod(network.in_shape), math.prod(network.code_shape)
    narrowest = min(math.prod(shape) for shape in [*network.encoder.shapes, network.code_shape])
    if narrowest < size or network.noise is not None or network.stochastic or network.penalties:
        return []
    hint = "Use a narrower code, such as AnomalyDetector(Autoencoder([1], scale='columns'))."
    if size == 1:
        hint = "Add columns that depend on this one, such as its earlier values."
    what = "column" if len(network.in_shape) == 1 else "number"
    got = f"a code of {_count(width, 'number')} for {_count(size, what)}"
    rule = "code must be narrower than a sample for a detector to find anomalies"
    return [TrainingWarning(f"{rule}, got {got}: it copies them. {hint}")]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number > 1)}"
