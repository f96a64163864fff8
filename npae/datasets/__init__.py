"""Data sets that come with npae."""

from .circles import Circles, circles
from .fonts import FONTS, Font, load_font

__all__ = ["FONTS", "Circles", "Font", "circles", "load_font"]
