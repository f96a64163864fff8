"""Layers: immutable descriptions whose forward pass returns the way back."""

from .base import Chain, Layer, mirrored
from .dense import Dense

__all__ = ["Chain", "Dense", "Layer", "mirrored"]
