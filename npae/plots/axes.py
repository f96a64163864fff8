"""Where a picture goes: on the caller's Axes, or on a figure of its own that pyplot does not know.

Every figure of npae is made here. A notebook shows what these functions return as a picture, pyplot imported or not.
"""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray


class Picture(Figure):
    """A figure that a notebook shows as a picture."""

    def _repr_png_(self) -> bytes:
        return png(self)


class PictureAxes(Axes):
    """Axes that a notebook shows as a picture: that of their figure."""

    def _repr_png_(self) -> bytes:
        return png(self.figure.figure)


class Pictures(dict[str, Figure]):
    """Figures by their names, which a notebook shows one below the other."""

    def _repr_html_(self) -> str:
        images = [(escape(name), base64.b64encode(png(figure)).decode()) for name, figure in self.items()]
        form = '<p>{0}<br><img alt="{0}" src="data:image/png;base64,{1}"></p>'
        return "".join(form.format(name, data) for name, data in images)


def png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


def new_figure(width: float, height: float, layout: Any = "constrained") -> Picture:
    """Return a new figure of width x height inches."""
    return Picture(figsize=(width, height), layout=layout)


def new_panels(figure: Figure, rows: int = 1, columns: int = 1, **options: Any) -> NDArray[Any]:
    """Return Axes (rows, columns) that fill a figure."""
    axes: NDArray[Any] = figure.subplots(
        rows, columns, squeeze=False, subplot_kw={"axes_class": PictureAxes}, **options
    )
    return axes


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or if it is None the Axes of a new figure of width x height inches."""
    if ax is not None:
        return ax
    only: Axes = new_panels(new_figure(width, height))[0, 0]
    return only
