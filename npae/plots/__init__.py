"""Pictures of a trained autoencoder, legible in print and safe for colour-blind readers.

What takes `ax` draws there, or on a figure of its own, and returns the Axes (its figure is `ax.figure`); the
others return a Figure. Nothing here touches pyplot, its settings or its open figures. For figures of your own there
are the palette OKABE_ITO, and `tile` and `caption`, which draw on given Axes.
"""

from .code_space import latent_space, manifold
from .colours import OKABE_ITO
from .history_figure import history
from .sample_pictures import denoising, glyph, new_glyphs, reconstructions
from .tiles import caption, tile
from .walks import interpolation, traversal

__all__ = [
    "OKABE_ITO",
    "caption",
    "denoising",
    "glyph",
    "history",
    "interpolation",
    "latent_space",
    "manifold",
    "new_glyphs",
    "reconstructions",
    "tile",
    "traversal",
]
