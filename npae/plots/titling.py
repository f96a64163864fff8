"""What stands above a figure and below it, so that it can be read alone: its finding, and what it was drawn from."""

from __future__ import annotations

import textwrap

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .colours import QUIET

TITLE, NOTE = 10.0, 7.5  # points
LETTER = 0.54  # the width of a letter as a share of the size of its font, on average
LINE = 1.35  # the height of a line as a share of the size of its font
MARGIN = 0.06  # inches
STRIP = 0.22  # inches above Axes at fixed places, where their title was


def titled(figure: Figure, title: str = "", note: str = "") -> Figure:
    """Write a title above a figure and a note below it; the figure grows by as much as they need.

    Call it last: legends that are outside the Axes stay at the top, below the title.

    Parameters
    ----------
    figure : Figure
        With constrained layout, or with Axes at fixed places.
    title : str, default ""
        What the figure shows, in words. It replaces one that the figure has.
    note : str, default ""
        What it was drawn from, such as the data, the seeds and their number.

    Returns
    -------
    Figure
        The same figure.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals").select("AB")
    >>> figure = npae.plots.glyph(letters.select("A")).figure
    >>> npae.plots.titled(figure, "The first letter", "Font: capitals").texts[-1].get_text()
    'Font: capitals'
    """
    width, body = figure.get_size_inches()
    strip = 0.0
    if title and figure.get_suptitle():
        strip = STRIP if figure.get_layout_engine() is None else 0.0
        figure.suptitle("")
    above, below = _wrapped(title, TITLE, width), _wrapped(note, NOTE, width)
    top, bottom = _height(above, TITLE), _height(below, NOTE)
    height = body + top + bottom - strip
    figure.set_size_inches(width, height)
    _move(figure, bottom / height, body / height)
    for text, y, size, side, colour in (
        (above, 1 - MARGIN / height, TITLE, "top", "black"),
        (below, MARGIN / height, NOTE, "bottom", QUIET),
    ):
        if text:
            figure.text(0.12 / width, y, text, fontsize=size, va=side, ha="left", color=colour, parse_math=False)
    return figure


def _wrapped(text: str, size: float, width: float) -> str:
    """Return a text in lines that fit into `width` inches."""
    letters = int((width - 0.24) * 72 / (LETTER * size))
    return "\n".join(line for part in text.splitlines() for line in textwrap.wrap(part, letters))


def _height(text: str, size: float) -> float:
    """Return the height in inches that a text needs, with its margin."""
    return (text.count("\n") + 1) * size * LINE / 72 + 1.5 * MARGIN if text else 0.0


def _move(figure: Figure, bottom: float, share: float) -> None:
    """Keep what a figure shows in the part of its height that begins at `bottom`; its legends come first from above."""
    area, engine, taken = (0.0, bottom, 1.0, share), figure.get_layout_engine(), 0.0
    if figure.legends:
        figure.draw_without_rendering()  # only then do legends know their size
    for legend in figure.legends:
        taken = max(taken, legend.get_window_extent().height / figure.bbox.height)
        legend.set_bbox_to_anchor(area, figure.transFigure)
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0.0, bottom, 1.0, share - 1.15 * taken))
        return
    for ax in figure.axes:
        x, y, width, height = ax.get_position(original=True).bounds  # the other one has been cut to the aspect
        ax.set_position((x, bottom + y * share, width, height * share))
