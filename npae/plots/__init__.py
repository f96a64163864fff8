"""Pictures of a trained autoencoder, legible in print and safe for colour-blind readers.

What takes `ax` draws there, or on a figure of its own, and returns the Axes (its figure is `ax.figure`); the
others return a Figure. Nothing here touches pyplot, its settings or its open figures.
"""

from .codes import latent_space, manifold
from .history_figure import history
from .pictures import denoising, glyph, new_glyphs, reconstructions
from .walks import interpolation, traversal

__all__ = [
    "denoising",
    "glyph",
    "history",
    "interpolation",
    "latent_space",
    "manifold",
    "new_glyphs",
    "reconstructions",
    "traversal",
]
