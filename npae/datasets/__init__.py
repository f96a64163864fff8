"""Data sets that come with npae, and readers for files that do not."""

from .circles import Circles, circles
from .curves import Curves, curves
from .folders import Pictures, load_folder
from .fonts import FONTS, Font, load_font
from .idx import load_idx
from .images import IMAGE_SETS, Images, load_images
from .sines import Sines, sines

__all__ = [
    "FONTS",
    "IMAGE_SETS",
    "Circles",
    "Curves",
    "Font",
    "Images",
    "Pictures",
    "Sines",
    "circles",
    "curves",
    "load_folder",
    "load_font",
    "load_idx",
    "load_images",
    "sines",
]
