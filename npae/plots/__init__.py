"""Pictures of a trained autoencoder, legible in print and for colour-blind readers.

A function with a parameter `ax` draws on these Axes, or on a figure of its own, and returns the Axes; their figure is
`ax.figure`. The others make a Figure, whose size follows from what there is to draw, and return it. A notebook shows
both as a picture. Nothing here touches pyplot, its settings or its open figures.

Data are a Font, an array or a DataFrame. Greys and colours follow their range, which a colour bar names where it is not
0 to 1; images (N, H, W, 3) are drawn in colour, and (N, H, W, 4) on white where they are transparent.

`titled` writes what a figure shows above it, and its data below it. `INKS`, `OKABE_ITO`, `tile` and `caption` are parts
for figures of your own. Draw lines and small marks in `INKS`: the hues of `OKABE_ITO`, dark enough to be seen on white.
"""

from .architecture_figure import architecture
from .code_space import latent_space, manifold
from .colours import INKS, OKABE_ITO
from .history_figure import compare, history
from .picture_grid import pictures
from .picture_tiles import caption, tile
from .sample_pictures import denoising, discovery, glyph, new_glyphs, reconstructions
from .titling import titled
from .walks import interpolation, traversal

__all__ = [
    "INKS",
    "OKABE_ITO",
    "architecture",
    "caption",
    "compare",
    "denoising",
    "discovery",
    "glyph",
    "history",
    "interpolation",
    "latent_space",
    "manifold",
    "new_glyphs",
    "pictures",
    "reconstructions",
    "tile",
    "titled",
    "traversal",
]


def __dir__() -> list[str]:
    """Offer the public names, and not the modules that they are in."""
    return __all__
