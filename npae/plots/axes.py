"""Where a picture goes: on the caller's Axes, or on a figure of its own that pyplot does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or if it is None the Axes of a new figure of width x height inches."""
    return Figure(figsize=(width, height), layout="constrained").subplots() if ax is None else ax
