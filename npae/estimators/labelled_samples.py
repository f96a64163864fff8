"""Samples whose targets are labels: what a classifier learns from, and what it is validated on."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..samples import Samples, Schema
from ..samples.weights import weighted
from ..settings.array_types import AnyArray, ArrayLike
from .class_labels import check_labels, one_hot


def labelled(samples: Samples, y: ArrayLike, classes: AnyArray, what: str = "y") -> Samples:
    """Return samples whose targets are the labels y as rows of a unit matrix."""
    return dataclasses.replace(samples, T=one_hot(check_labels(y, len(samples), what), classes, what))


def weighted_labels(samples: Samples, y: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Samples, AnyArray]:
    """Return samples with their weights, and their checked labels; those of weight 0 are left out."""
    both = weighted(dataclasses.replace(samples, T=check_labels(y, len(samples))), sample_weight)
    return dataclasses.replace(both, T=None), both.target


def labelled_validation(data: Any, schema: Schema, classes: AnyArray) -> Samples:
    """Return checked Samples of what a user gave as validation_data: (X, y), or with a mask (X, y, mask)."""
    X, y, mask = _parts(data)
    return labelled(schema.admit_validation_samples(X, mask), y, classes, "validation_data")


def _parts(data: Any) -> tuple[Any, Any, Any]:
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return data[0], data[1], None
    if isinstance(data, (tuple, list)) and len(data) == 3 and (data[2] is None or np.asarray(data[2]).dtype == bool):
        return data[0], data[1], data[2]
    got = f"{type(data).__name__}" + (f" of {len(data)}" if isinstance(data, (tuple, list)) else "")
    raise ValueError(f"validation_data must be a pair (X, y), got {got}. With a mask of bools, give (X, y, mask).")
