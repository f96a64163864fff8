"""Where a picture goes: on the Axes of whoever asks for it, or on a figure of its own that pyplot does not know."""

from matplotlib.figure import Figure


def axes_or_new(ax, width, height):
    """Return `ax`, or if that is None the Axes of a new figure of width x height inches."""
    return Figure(figsize=(width, height), layout="constrained").subplots() if ax is None else ax
