"""A model's code space as one HTML file that decodes the point under the pointer, offline and without a library."""

from .page_in_notebook import Page
from .write import write

__all__ = ["Page", "write"]
