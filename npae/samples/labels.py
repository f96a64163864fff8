"""Labels that a picture shows: one for each sample, none of them missing, of one type."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..settings.checks import without_numpy
from .columns import MISSING

HINT = "Leave the samples without a label out, or give them one, such as 'unknown'."


def is_missing(label: object) -> bool:
    """Return whether a label is missing, as tables have it: None, NaN or pandas' NA.

    >>> is_missing(float("nan")), is_missing("")
    (True, False)
    """
    lost = isinstance(label, numbers.Real) and math.isnan(float(label))
    return label is None or lost or type(label).__name__ in MISSING


def shown_labels(labels: Iterable[Any], count: int) -> list[Any]:
    """Return `count` labels as a list of numbers or of texts, or raise ValueError; dates and the like become texts."""
    if not hasattr(labels, "__iter__"):
        raise ValueError(f"labels must be a sequence, one label per sample, got {labels!r}.")
    if isinstance(labels, np.ndarray) and labels.ndim != 1:
        got = f"an array of shape {labels.shape}"
        raise ValueError(f"labels must be a sequence, one label per sample, got {got}. Choose one column.")
    listed = [without_numpy(label) for label in labels]
    for row, label in enumerate(listed):
        if isinstance(label, (list, np.ndarray)):
            got = f"a {type(label).__name__} for sample {row}"
            raise ValueError(f"labels must be a sequence, one label per sample, got {got}.")
    if len(listed) != count:
        raise ValueError(f"labels must be one per sample ({count}), got {len(listed)}.")
    missing = [row for row, label in enumerate(listed) if is_missing(label)]
    if missing:
        got = f"{listed[missing[0]]!r} for sample {missing[0]} and {len(missing)} such label(s) in all"
        raise ValueError(f"labels must be there for all samples, got {got}. {HINT}")
    plain = [isinstance(label, numbers.Real) for label in listed]
    if any(plain) and not all(plain):
        types = ", ".join(sorted({type(label).__name__ for label in listed}))
        raise ValueError(
            f"labels must be of one type, numbers or texts, got {types}. Make them texts: map(str, labels)."
        )
    return listed if all(plain) else [str(label) for label in listed]
