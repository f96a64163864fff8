"""A model's code space as one HTML file that decodes under the pointer, without a network or a library."""

from .write import write

__all__ = ["write"]
