"""Where a picture goes: on the caller's Axes, or on a figure of its own that pyplot does not know."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or if it is None the Axes of a new figure of width x height inches."""
    return Figure(figsize=(width, height), layout="constrained").subplots() if ax is None else ax
