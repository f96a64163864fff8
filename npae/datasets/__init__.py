"""Data sets that come with npae."""

from .fonts import FONTS, Font, load_font

__all__ = ["FONTS", "Font", "load_font"]
