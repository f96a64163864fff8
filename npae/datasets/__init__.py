"""Data sets that come with npae."""

from .circles import Circles, circles
from .fonts import FONTS, Font, load_font
from .sines import Sines, sines

__all__ = ["FONTS", "Circles", "Font", "Sines", "circles", "load_font", "sines"]
