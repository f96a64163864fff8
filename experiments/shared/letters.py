"""Letters: the fonts that a name stands for, and the new letters that lie in a code space."""

import numpy as np

from npae.datasets import FONTS, Font, load_font
from npae.metrics import crispness, nearest

CRISP = 0.5  # crispness from which on a glyph counts as crisp: each pixel is at least 0.25 from 1/2


def load_fonts(name):
    """Return the fonts that a name stands for: one, "all" of them, or one font "joint" of all glyphs."""
    if name != "joint":
        return [load_font(font) for font in (FONTS if name == "all" else [name])]
    capitals, symbols, lowercase = map(load_font, FONTS)
    glyphs = capitals + symbols + lowercase
    return [Font("joint", glyphs.pixels, glyphs.labels, glyphs.shape)]


def new_letters(model, font, most=8, least_distance=3, points=200):
    """Find points of the code plane that decode to crisp glyphs unlike every training glyph.

    Returns
    -------
    (codes, pixels, index, distance)
        Of at most `most` glyphs, the crispest first. Each differs from every training glyph, and from the others, in
        at least `least_distance` pixels. `index` is that of the nearest training glyph, `distance` how many pixels
        away it is.
    """
    codes = grid(model.encode(font.pixels), points)
    pixels = model.decode(codes)
    crisp = crispness(pixels)
    index, distance = nearest(pixels, font.pixels)
    good = np.flatnonzero((crisp >= CRISP) & (distance >= least_distance))
    chosen = []
    for i in good[np.argsort(-crisp[good], kind="stable")]:
        if len(chosen) < most and (not chosen or nearest(pixels[[i]], pixels[chosen])[1][0] >= least_distance):
            chosen.append(i)
    return codes[chosen], pixels[chosen], index[chosen], distance[chosen]


def grid(codes, points):
    """Return a grid of points over the bounding box of the codes, (points ** L, L), for L <= 2."""
    axes = [np.linspace(low, high, points) for low, high in zip(codes.min(axis=0), codes.max(axis=0), strict=True)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, codes.shape[1])
