"""How the loss went in a training, epoch by epoch and iteration by iteration, over what it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..optimize.curve import iterations_of
from ..settings.array_types import FloatArray
from .plot_data import check

AXES = {"epochs": "epoch", "seconds": "seconds since training began", "evaluations": "evaluations of the loss"}
NAMES = "'epochs', 'seconds' or 'evaluations'"
Line: TypeAlias = tuple[FloatArray, FloatArray]  # x and y of its points


def check_x(x: object) -> None:
    """Raise ValueError unless `x` names what a course can be drawn over."""
    check("x", repr(x), NAMES, isinstance(x, str) and x in AXES)


def ends(history: Mapping[str, Any], x: str) -> FloatArray:
    """Return where each epoch ends."""
    if x == "epochs":
        return np.arange(1.0, len(history["loss"]) + 1)
    column = np.asarray(history.get(x, ()), dtype=float)
    hint = "An older version has written it: draw it over epochs."
    check("x", repr(x), "a column of the history", np.isfinite(column).any(), hint)
    return column


def refinements(history: Mapping[str, Any], x: str) -> Iterator[tuple[int, Line]]:
    """Yield the epoch of each refinement that has a curve, and its line: from the loss before it to its last point."""
    seconds, evaluations = (np.asarray(history.get(name, ()), dtype=float) for name in ("seconds", "evaluations"))
    for record in history.get("refinements", ()):
        iterations = iterations_of(record)
        if not iterations:
            continue
        epoch = record["epoch"]
        if x == "seconds":
            at = [one.seconds for one in iterations]
            start = min(at[0], seconds[epoch - 1] - record["seconds"])
        else:
            at = [float(one.evaluations) for one in iterations]
            start = evaluations[epoch - 1] - record["evaluations"] + 1  # one is that of the loss before it
        places = np.array([start, *at])
        if x == "epochs":
            before = evaluations[epoch - 2] if epoch > 1 else 0.0
            before = start - 1 if np.isnan(before) else before  # of an older version
            places = epoch - 1 + (places - before) / (evaluations[epoch - 1] - before)
        yield epoch, (places, np.array([record["loss_before"], *(one.loss for one in iterations)]))


def course(history: Mapping[str, Any], x: str, y: str = "loss") -> Line:
    """Return a column of a history over `x`; the loss with the iterations of refinements between the epochs."""
    places, values = ends(history, x), np.asarray(history[y], dtype=float)
    parts = [[(place, value)] for place, value in zip(places, values, strict=True)]
    for epoch, (at, losses) in refinements(history, x) if y == "loss" else ():
        parts[epoch - 1] = [*zip(at, losses, strict=True), *parts[epoch - 1]]
    points = np.array([point for part in parts for point in part]).reshape(-1, 2)
    known = np.isfinite(points[:, 0]) & ~np.isnan(points[:, 1])  # metrics are measured now and then
    return points[known, 0], points[known, 1]
