"""From the numbers of a picture to greys or colours, and the colour bar that says which."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize, to_rgb

from ..settings.array_types import AnyArray, ArrayLike, FloatArray

Limits: TypeAlias = tuple[float, float]  # the values that are white and black, or none and all of a colour

PALE = "#DCE6F0"  # where there is no number
GAP = "#E9F0F7"  # between pictures that are decoded from a grid
FAINT = 0.5  # of the way from white, where points are drawn on top
GREYS = colormaps["Greys"].with_extremes(bad=PALE)


def in_colour(pictures: AnyArray, limits: Limits) -> FloatArray:
    """Return pictures (..., 3) or (..., 4) as opaque colours (..., 3) in [0, 1]; transparent pixels are on white."""
    low, high = limits
    parts = np.clip((np.asarray(pictures, dtype=float) - low) / (high - low), 0, 1)
    colours, alpha = parts[..., :3], parts[..., 3:]
    opaque = 1 - alpha * (1 - colours) if alpha.size else colours
    return np.where(np.isfinite(opaque).all(axis=-1, keepdims=True), opaque, to_rgb(PALE))


def draw_bar(
    limits: Limits,
    channels: int,
    values: ArrayLike,
    ax: Axes | None = None,
    cax: Axes | None = None,
    faint: bool = False,
) -> None:
    """Draw a colour bar beside `ax` or in `cax`, unless the limits are 0 and 1. Arrows say that values are beyond."""
    if limits == (0, 1):
        return
    figure = (ax or cax).figure.figure  # type: ignore[union-attr]  # one of them is given
    way = np.linspace(0, FAINT if faint else 1, 256)  # from white
    colours = GREYS(way) if channels == 1 else np.repeat(1 - way[::-1, np.newaxis], 3, axis=1)
    numbers = np.asarray(values, dtype=float)
    beyond = bool((numbers < limits[0]).any()), bool((numbers > limits[1]).any())
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond, "neither")
    where = {"ax": ax, "shrink": 0.8} if cax is None else {"cax": cax, "orientation": "horizontal"}
    bar = figure.colorbar(ScalarMappable(Normalize(*limits), ListedColormap(colours)), extend=extend, **where)
    bar.set_ticks(limits, labels=[_text(value, limits[1] - limits[0]) for value in limits])
    bar.ax.tick_params(labelsize=7.5, length=2)
    bar.set_label("value" if channels == 1 else "each colour", fontsize=7.5, labelpad=-6)


def _text(value: float, span: float) -> str:
    """Return a number in as many digits as tell values apart whose range is `span`."""
    decimals = max(0, 2 - math.floor(math.log10(span)))
    return f"{round(value, decimals) + 0.0:.10g}".replace("-", "\N{MINUS SIGN}")
