"""Letters: the fonts that a name stands for, and when a glyph is crisp."""

from npae.datasets import FONTS, Font, load_font

CRISP = 0.5  # crispness from which on a glyph counts as crisp: each pixel is at least 0.25 from 1/2


def load_fonts(name):
    """Return the fonts that a name stands for: one, "all" of them, or one font "joint" of all glyphs."""
    if name != "joint":
        return [load_font(font) for font in (FONTS if name == "all" else [name])]
    capitals, symbols, lowercase = map(load_font, FONTS)
    glyphs = capitals + symbols + lowercase
    return [Font("joint", glyphs.pixels, glyphs.labels, glyphs.shape)]
